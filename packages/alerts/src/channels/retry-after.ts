/**
 * Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date; `undefined` where it is absent or
 * neither.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Some send fractions of seconds, which no date is.
  if (/^\d{1,9}\.\d+$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
