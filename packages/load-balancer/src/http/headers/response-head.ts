import { readLoadReport } from '../load-report.ts';
import { UpstreamError } from '../upstream-error.ts';
import { isHopByHop, text, withoutNamed } from './hop-by-hop.ts';

/** What a server answers, without what is between it and the proxy. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn, in order and as they came. */
  readonly headers: string[];
  readonly hasLength: boolean;
  /** Names of the trailers that are to come. */
  readonly trailer: string | undefined;
  /** How busy the server says it is. */
  readonly load: number | undefined;
}

/* Anything else would be refused on the way out. */
const STATUS_TEXT = /^[\t\x20-\x7e]*$/;

/**
 * @param raw names and values in turn
 * @throws UpstreamError for what can't be passed on
 */
export function readResponseHead(
  status: number,
  statusText: string,
  raw: readonly (string | Buffer)[],
): ResponseHead {
  let headers: string[] = [];
  let connection: string | undefined;
  let trailer: string | undefined;
  let load: number | undefined;
  let hasLength = false;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const given = text(raw[index] as string | Buffer);
    const value = text(raw[index + 1] as string | Buffer);
    const name = given.toLowerCase();
    switch (name) {
      case 'content-length':
        // Two that are equal count as one: RFC 9110, section 8.6. The transport refuses others.
        if (!hasLength && status !== 204) headers.push(given, value);
        hasLength = true;
        break;
      case 'transfer-encoding':
        // What else the body is wrapped in could not be told to the client.
        if (value.toLowerCase() !== 'chunked')
          throw new UpstreamError('unknown Transfer-Encoding', 'failure');
        break;
      case 'connection':
        connection = connection === undefined ? value : `${connection}, ${value}`;
        break;
      case 'trailer':
        trailer = trailer === undefined ? value : `${trailer}, ${value}`;
        break;
      case 'endpoint-load-metrics':
      case 'x-server-load':
        load = readLoadReport(name, value) ?? load;
        break;
      default:
        if (!isHopByHop(name)) headers.push(given, value);
    }
  }
  if (connection !== undefined) headers = withoutNamed(headers, connection);
  return {
    status,
    statusText: STATUS_TEXT.test(statusText) ? statusText : '',
    headers,
    hasLength,
    trailer,
    load,
  };
}
