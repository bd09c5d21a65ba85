/**
 * Whether this read should refresh an entry that is still fresh: XFetch (Vattani, Chierichetti, Lowenstein: Optimal
 * probabilistic cache stampede prevention, VLDB 2015). The nearer the expiry and the longer a load takes, the
 * likelier, so that of many readers, also on many instances, one refreshes in time and hardly ever two.
 *
 * @param msLeft until the entry expires
 * @param loadMs how long its last load took
 * @param beta above 1 refreshes earlier, below 1 later
 * @param random from 0 to 1
 */
export function refreshesEarly(msLeft: number, loadMs: number, beta: number, random: number): boolean {
  return -loadMs * beta * Math.log(random) >= msLeft;
}

/* exp(-7): the time before expiry in which but one read in a thousand would have refreshed earlier. */
const WINDOW_FACTOR = 7;

/** How long before its expiry reads of an entry begin to ask {@link refreshesEarly}; at most half of its life. */
export function earlyWindow(loadMs: number, beta: number, ttlMs: number): number {
  return ttlMs === Infinity ? 0 : Math.min(WINDOW_FACTOR * loadMs * beta, ttlMs / 2);
}
