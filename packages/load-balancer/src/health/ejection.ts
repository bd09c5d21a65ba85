/** A server's time out for its failures. Times are monotonic ms. */
export interface Ejection {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly lengthMs: number;
  /** How often it was out of late: each time twice as long as the one before. */
  readonly times: number;
  readonly reason: string;
}

/**
 * How long a server is out now. For each time that it has been well since, as long as its last time out, one is
 * forgiven.
 *
 * @param previous its last time out
 * @param wellMs how long it has taken traffic since then
 */
export function nextEjection(
  reason: string,
  nowMs: number,
  previous: Ejection | undefined,
  wellMs: number,
  { baseEjection, maxEjection }: { readonly baseEjection: number; readonly maxEjection: number },
): Ejection {
  const forgiven = previous ? Math.floor(wellMs / previous.lengthMs) : 0;
  const times = Math.max(0, (previous?.times ?? 0) - forgiven) + 1;
  const lengthMs = Math.min(maxEjection, baseEjection * 2 ** (times - 1));
  return { sinceMs: nowMs, untilMs: nowMs + lengthMs, lengthMs, times, reason };
}
