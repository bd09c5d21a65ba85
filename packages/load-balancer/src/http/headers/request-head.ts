import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from '../proxy/refusal.ts';
import { addForwarded, isForwarded, type ReceivedForwarded } from './forwarded.ts';
import { isHopByHop, withoutNamed } from './hop-by-hop.ts';

/** What a request asks, without what was between the client and the proxy. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, byte by byte as they came; `*` for OPTIONS. */
  readonly path: string;
  /** Whom the client asked. HTTP/1.0 may leave it out. */
  readonly host: string | undefined;
  /** Names and values in turn, in order and as they came; neither Host nor what frames the body. */
  readonly headers: string[];
  /** Its length where that is known. */
  readonly body: 'none' | 'chunked' | number;
  /** Names of the trailers that are to come. */
  readonly trailer: string | undefined;
  /** Protocol that the client would rather speak. */
  readonly upgrade: string | undefined;
  /** It is about the proxy, not about a server behind it. */
  readonly isOwn: boolean;
}

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;
/* Visible ASCII but `#`, and whatever is above it, which is passed on byte by byte. */
const NOT_IN_TARGET = /[^\x21\x22\x24-\x7e\x80-\xff]/;
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/**
 * Reads the head as strictly as if no parser had seen it: what two parsers may read in two ways is refused.
 *
 * @param isTrusted whether the peer's word about the client is taken
 * @throws RefusedRequest
 */
export function readRequestHead(req: IncomingMessage, isTrusted: boolean): RequestHead {
  const method = req.method ?? 'GET';
  if (method === 'CONNECT' || method === 'TRACE') throw new RefusedRequest(405, `${method} is not supported`);
  const target = readTarget(req.url ?? '/', method);

  let headers: string[] = [];
  let host: string | undefined;
  let length: string | undefined;
  let encoding: string | undefined;
  let connection: string | undefined;
  let te: string | undefined;
  let trailer: string | undefined;
  let upgrade: string | undefined;
  let forwards: number | undefined;
  let received: ReceivedForwarded | undefined;
  const { rawHeaders } = req;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    const value = rawHeaders[index + 1] as string;
    const name = given.toLowerCase();
    switch (name) {
      case 'host':
        if (host !== undefined) throw new RefusedRequest(400, 'more than one Host');
        host = value;
        break;
      case 'content-length':
        if (length !== undefined) throw new RefusedRequest(400, 'more than one Content-Length');
        length = value;
        break;
      case 'transfer-encoding':
        encoding = joined(encoding, value);
        break;
      case 'connection':
        connection = joined(connection, value);
        break;
      case 'te':
        te = joined(te, value);
        break;
      case 'trailer':
        trailer = joined(trailer, value);
        break;
      case 'upgrade':
        upgrade = joined(upgrade, value);
        break;
      // Node has answered it.
      case 'expect':
        break;
      case 'max-forwards':
        forwards = Number(value);
        if (method === 'OPTIONS' && forwards > 0) headers.push(given, String(forwards - 1));
        else headers.push(given, value);
        break;
      default:
        if (isHopByHop(name)) break;
        if (!isForwarded(name)) {
          headers.push(given, value);
        } else if (isTrusted) {
          received ??= { addresses: '', names: new Set() };
          if (name === 'x-forwarded-for') received.addresses = joined(received.addresses || undefined, value);
          else headers.push(given, value);
          received.names.add(name);
        }
    }
  }

  if (target.host !== undefined) host = target.host;
  if (host !== undefined && !HOST.test(host)) throw new RefusedRequest(400, 'bad Host');
  if (host === undefined && req.httpVersionMinor > 0) throw new RefusedRequest(400, 'no Host');
  const body = readFraming(req, length, encoding);
  if (connection !== undefined) headers = withoutNamed(headers, connection);
  if (te !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(te)) headers.push('TE', 'trailers');
  addForwarded(headers, req, host, received);
  const isOwn = method === 'OPTIONS' && (target.path === '*' || forwards === 0);
  return { method, path: target.path, host, headers, body, trailer, upgrade, isOwn };
}

/** RFC 9112, section 6.3, with no mercy. */
function readFraming(
  req: IncomingMessage,
  length: string | undefined,
  encoding: string | undefined,
): RequestHead['body'] {
  if (encoding !== undefined) {
    if (length !== undefined) throw new RefusedRequest(400, 'both Content-Length and Transfer-Encoding');
    if (req.httpVersionMinor === 0) throw new RefusedRequest(400, 'Transfer-Encoding in HTTP/1.0');
    if (encoding.toLowerCase() !== 'chunked') throw new RefusedRequest(501, 'unknown Transfer-Encoding');
    return 'chunked';
  }
  if (length === undefined) return 'none';
  const bytes = Number(length);
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(bytes))
    throw new RefusedRequest(400, 'bad Content-Length');
  return bytes;
}

/** RFC 9112, section 3.2. The path is never resolved against anything: `//` and `..` name no other server. */
function readTarget(url: string, method: string): { path: string; host: string | undefined } {
  if (NOT_IN_TARGET.test(url)) throw new RefusedRequest(400, 'bad request target');
  if (url.startsWith('/')) return { path: url, host: undefined };
  if (url === '*' && method === 'OPTIONS') return { path: '*', host: undefined };
  const [, host, rest = ''] = ABSOLUTE.exec(url) ?? [];
  // An empty host would be nobody's; HOST, later, refuses names with a user.
  if (!host) throw new RefusedRequest(400, 'bad request target');
  return { path: rest.startsWith('/') ? rest : `/${rest}`, host };
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
