/* Too many requests, service unavailable, gateway time-out. */
const OVERLOAD_STATUS: ReadonlySet<unknown> = new Set([429, 503, 504]);

const OVERLOAD_CODE: ReadonlySet<unknown> = new Set([
  'TIMEOUT',
  'ETIMEDOUT',
  'QUEUE_FULL',
  'QUEUE_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/**
 * Whether an error speaks of too much load: a time-out (a `TimeoutError` of the platform or of Evenkeel,
 * `ETIMEDOUT`, those of undici), a full queue, or a `status` or `statusCode` of 429, 503 or 504.
 */
export function isOverloadError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, code, status, statusCode } = error as Readonly<Record<string, unknown>>;
  return (
    name === 'TimeoutError' ||
    OVERLOAD_CODE.has(code) ||
    OVERLOAD_STATUS.has(status) ||
    OVERLOAD_STATUS.has(statusCode)
  );
}
