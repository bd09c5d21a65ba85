const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  // Becomes HTTP_PROXY in the environment of CGI programs.
  'proxy',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/* Part of the message's frame or target, which is made anew. */
const FRAME: ReadonlySet<string> = new Set(['content-length', 'host']);

/** Whether a field, by its lower-case name, is between two neighbours only: RFC 9110, section 7.6.1. */
export function isHopByHop(name: string): boolean {
  return HOP_BY_HOP.has(name) || name.startsWith('proxy-');
}

/** Without the fields that `Connection` names. `headers` are names and values in turn. */
export function withoutNamed(headers: string[], connection: string): string[] {
  const named = new Set<string>();
  for (const token of connection.toLowerCase().split(',')) {
    const name = token.trim();
    if (name !== '' && name !== 'close' && name !== 'keep-alive') named.add(name);
  }
  if (named.size === 0) return headers;
  const kept: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (!named.has(name.toLowerCase())) kept.push(name, headers[index + 1] as string);
  }
  return kept;
}

/** Trailers that may be passed on, names and values in turn. */
export function passableTrailers(raw: readonly (string | Buffer)[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = text(raw[index] as string | Buffer);
    if (mayTrail(name.toLowerCase())) kept.push(name, text(raw[index + 1] as string | Buffer));
  }
  return kept;
}

/** A field's name or value, whose bytes are characters. */
export function text(field: string | Buffer): string {
  return typeof field === 'string' ? field : field.toString('latin1');
}

/** What frames or routes a message has no place behind it: RFC 9110, section 6.5.1. */
function mayTrail(name: string): boolean {
  return !isHopByHop(name) && !FRAME.has(name);
}
