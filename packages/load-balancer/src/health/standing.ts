import type { ServerState } from '../servers/server.ts';

/** Servers by the kind of their state. */
export type Census = Readonly<Record<ServerState['kind'], number>>;

/** Whose traffic it is: the healthy servers', also the unchecked ones', or everybody's, whatever their health. */
export type Reach = 'healthy' | 'unchecked' | 'all';

/* The first server to pass its check must not get all the traffic of the others, whose checks end a little later. */
const OPEN_AT = 0.5;

/**
 * Which servers get traffic. Pure: what it goes by is the census and what held before.
 *
 * A fleet opens with servers that are all unchecked, and they get traffic until half of the fleet is healthy; then
 * servers that come wait for their first check. Panic begins when less than a share of those whose health is known is
 * healthy. It needs no hysteresis: servers come back one by one, after thresholds and times of their own, and with a
 * share for the end above that for the beginning, a fleet of two would stay in panic for one dead server.
 */
export function reachOf(census: Census, panicThreshold: number, isOpening: boolean): Reach {
  const { up, unchecked, down, ejected, trial } = census;
  const hopeful = isOpening ? up + unchecked : up;
  if (hopeful < panicThreshold * (hopeful + down + ejected + trial)) return 'all';
  return isOpening && unchecked > 0 ? 'unchecked' : 'healthy';
}

/** Whether the fleet is still opening. */
export function isOpening(census: Census, wasOpening: boolean): boolean {
  const { up, unchecked, down, ejected, trial } = census;
  const servers = up + unchecked + down + ejected + trial;
  return servers === 0 || (wasOpening && (up === 0 || up < OPEN_AT * servers));
}

/**
 * Whether one more server may be ejected: its own ejection counted, no more than the share are out, and others are
 * left to take its traffic.
 */
export function mayEject({ up, unchecked, down, ejected, trial }: Census, maxEjected: number): boolean {
  const out = down + ejected + trial;
  // 0.29 × 100 is 28.999999999999996.
  return out + 1 <= maxEjected * (up + unchecked + out) + 1e-9 && up + unchecked >= 2;
}
