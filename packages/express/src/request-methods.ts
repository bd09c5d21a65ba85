/* RFC 9110 §9, PATCH of RFC 5789, and QUERY of draft-ietf-httpbis-safe-method-w-body. */
const KNOWN_METHODS = [
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
];

/** The labels of methods: clients may send any token, so all that are not known share the last one. */
export const METHOD_LABELS: readonly string[] = [...KNOWN_METHODS, '_OTHER'];

const INDEX_OF = new Map(KNOWN_METHODS.map((method, index) => [method, index]));

/** The place of a method's label in {@link METHOD_LABELS}. */
export function methodIndex(method: string): number {
  return INDEX_OF.get(method) ?? KNOWN_METHODS.length;
}
