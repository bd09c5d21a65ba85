/** Asking again changes nothing more on the server: RFC 9110, section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** Whether a request of the method may be sent again when it is not known what became of it. */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}
