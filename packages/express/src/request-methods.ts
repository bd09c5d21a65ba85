/* RFC 9110 §9, PATCH of RFC 5789, and QUERY of draft-ietf-httpbis-safe-method-w-body. */
const KNOWN_METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'QUERY',
]);

/** Clients may send any token as the method, so what is not known shares one label. */
export function methodLabel(method: string): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER';
}
