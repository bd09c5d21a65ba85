import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { isHopByHop, passableTrailers, text } from '../headers/hop-by-hop.ts';
import type { ResponseHead } from '../headers/response-head.ts';
import { addTrailers } from './own-exchange.ts';
import type { Try } from './try.ts';
import { breakOff } from './tunnel.ts';

/** Writes one answer, of one try, to the client. */
export class ResponseWriter {
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #failures: readonly number[];
  readonly #via: string | undefined;
  #source: Try | undefined;
  #sendsTrailers = false;

  /**
   * @param failures statuses that may be better on another server
   * @param via this proxy's name, where it is to be told
   */
  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    failures: readonly number[],
    via: string | undefined,
  ) {
    this.#req = req;
    this.#res = res;
    this.#failures = failures;
    this.#via = via;
  }

  /** Whose answer it is. */
  get source(): Try | undefined {
    return this.#source;
  }

  /** Begins to write the answer, unless it may be better on another server, or there is one. */
  writesAtOnce(answer: Try, head: ResponseHead): boolean {
    if (this.#source || this.#res.destroyed || this.#failures.includes(head.status)) return false;
    this.begin(answer, head);
    return true;
  }

  inform(status: number, raw: readonly (string | Buffer)[]): void {
    if (status !== 103 || this.#res.headersSent || this.#req.httpVersionMinor === 0) return;
    const hints: Record<string, string | string[]> = Object.create(null);
    for (let index = 0; index + 1 < raw.length; index += 2) {
      const name = text(raw[index] as string | Buffer).toLowerCase();
      const value = text(raw[index + 1] as string | Buffer);
      if (!isHopByHop(name)) hints[name] = [hints[name] ?? [], value].flat();
    }
    try {
      if (hints.link !== undefined) this.#res.writeEarlyHints(hints as Record<'link', string | string[]>);
    } catch {
      // Links that Node takes for bad ones are no more than hints.
    }
  }

  /** Throws where Node refuses the head; then nothing was written. */
  begin(answer: Try, { status, statusText, headers, hasLength, trailer }: ResponseHead): void {
    const res = this.#res;
    this.#sendsTrailers =
      !hasLength && this.#req.httpVersionMinor > 0 && this.#req.method !== 'HEAD' && hasBody(status);
    if (trailer !== undefined && this.#sendsTrailers) headers.push('Trailer', trailer);
    if (this.#via !== undefined) headers.push('Via', `1.1 ${this.#via}`);
    // `writeHead` takes several fields of one name only where nobody has set any before.
    const isFirst = res.getHeaderNames().length === 0;
    if (!isFirst) setHeaders(res, headers);
    res.writeHead(status, statusText || STATUS_CODES[status] || '', isFirst ? headers : []);
    this.#source = answer;
    res.on('drain', this.#drained);
    // undici takes the length that a 304 has for one of a body that never comes.
    if (!hasBody(status)) res.end();
  }

  data(chunk: Buffer): boolean {
    return this.#res.write(chunk);
  }

  end(rawTrailers: readonly (string | Buffer)[]): void {
    const res = this.#res;
    if (this.#sendsTrailers && rawTrailers.length > 0) addTrailers(res, passableTrailers(rawTrailers));
    res.end();
    // Its rest is of no use, and stands before the next request.
    if (!this.#req.complete) this.#req.resume();
  }

  /** The client must not take what it has got for the whole answer. */
  breakOff(): void {
    const res = this.#res;
    if (res.writableEnded) return;
    // A body without a length or chunks would end where the connection does.
    const { socket } = res;
    if (socket && this.#req.httpVersionMinor === 0) breakOff(socket);
    else res.destroy();
  }

  readonly #drained = (): void => {
    this.#source?.resume();
  };
}

/** Fields beside those that are set already; of the same name they take their place. */
function setHeaders(res: ServerResponse, headers: readonly string[]): void {
  for (let index = 0; index < headers.length; index += 2) res.removeHeader(headers[index] as string);
  for (let index = 0; index < headers.length; index += 2) {
    res.appendHeader(headers[index] as string, headers[index + 1] as string);
  }
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 304;
}
