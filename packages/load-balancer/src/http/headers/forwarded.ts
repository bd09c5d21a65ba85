import type { IncomingMessage } from 'node:http';

/* With underscores too: CGI and what followed it take both for the same. */
const FORWARDED = /^(?:forwarded|x[-_]forwarded[-_].*|x[-_]real[-_]ip)$/;

/** Whether a field, by its lower-case name, tells of the client or of the way the request has come. */
export function isForwarded(name: string): boolean {
  const first = name.charCodeAt(0);
  return (first === 0x78 || first === 0x66) && FORWARDED.test(name);
}

/** Those that came with a request from a trusted peer. */
export interface ReceivedForwarded {
  addresses: string;
  readonly names: Set<string>;
}

/** Adds what the next server is to know of the client. */
export function addForwarded(
  headers: string[],
  req: IncomingMessage,
  host: string | undefined,
  received: ReceivedForwarded | undefined,
): void {
  const { socket } = req;
  const peer = plainAddress(socket.remoteAddress);
  const addresses = received?.addresses ? `${received.addresses}, ${peer}` : peer;
  headers.push('X-Forwarded-For', addresses);
  const has = received?.names;
  if (!has?.has('x-forwarded-proto')) headers.push('X-Forwarded-Proto', isEncrypted(req) ? 'https' : 'http');
  if (host !== undefined && !has?.has('x-forwarded-host')) headers.push('X-Forwarded-Host', host);
  if (!has?.has('x-forwarded-port')) headers.push('X-Forwarded-Port', String(socket.localPort ?? ''));
}

/** Without the prefix that IPv4 addresses have on sockets that take both. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function isEncrypted({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket && socket.encrypted === true;
}
