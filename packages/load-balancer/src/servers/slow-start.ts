/* As many weights as a ramp passes through: each costs the strategy about what a request does. */
const STEPS = 16;

/* A server begins with this part of its share: enough to warm it up, and for its latency to be known. */
const FLOOR = 0.1;

/** How far a server is in its slow start. Times are monotonic ms. */
export interface Ramp {
  /** `new`: has its whole share from the start, as nobody is there to take the rest; but others are not warm by it. */
  phase: 'away' | 'new' | 'ramping' | 'warm';
  /** Part of its weight that counts, 0 to 1. */
  share: number;
  startMs: number;
  lengthMs: number;
  /** When something about it changes; `Infinity`: never. */
  dueMs: number;
}

/** The ramp of a server that takes no traffic. */
export function newRamp(): Ramp {
  return { phase: 'away', share: 1, startMs: 0, lengthMs: 0, dueMs: Number.POSITIVE_INFINITY };
}

/** Part of its weight that a server has so long after the start of its ramp: in steps, from a tenth to the whole. */
export function rampShare(elapsedMs: number, lengthMs: number): number {
  return Math.min(1, Math.max(FLOOR, (stepAt(elapsedMs, lengthMs) + 1) / STEPS));
}

/**
 * Lets the share of a server grow that comes while others are at work. Servers ramp only beside others that have been
 * at work for the length of a ramp and have as much weight as all that ramp: a fleet that starts, or comes back,
 * together has its whole share at once.
 */
export class SlowStart {
  readonly #lengthMs: number;
  #warmWeight = 0;
  #rampingWeight = 0;

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  /**
   * @param awayMs how long the server took no traffic: it needs no more time than that to get used to it again
   * @param mayRamp whether its share may begin small
   */
  comes(ramp: Ramp, weight: number, nowMs: number, awayMs: number, mayRamp: boolean): void {
    const lengthMs = Math.min(this.#lengthMs, awayMs);
    ramp.startMs = nowMs;
    ramp.lengthMs = lengthMs;
    ramp.share = 1;
    ramp.dueMs = nowMs + lengthMs;
    if (lengthMs <= 0) {
      this.#warmUp(ramp, weight);
    } else if (mayRamp && this.#warmWeight >= this.#rampingWeight + weight) {
      ramp.phase = 'ramping';
      ramp.share = rampShare(0, lengthMs);
      ramp.dueMs = nowMs + lengthMs / STEPS;
      this.#rampingWeight += weight;
    } else {
      ramp.phase = 'new';
    }
  }

  leaves(ramp: Ramp, weight: number): void {
    this.reweighted(ramp, weight, 0);
    ramp.phase = 'away';
    ramp.share = 1;
    ramp.dueMs = Number.POSITIVE_INFINITY;
  }

  reweighted(ramp: Ramp, before: number, after: number): void {
    if (ramp.phase === 'warm') this.#warmWeight += after - before;
    if (ramp.phase === 'ramping') this.#rampingWeight += after - before;
  }

  /** Takes the steps that are due. */
  advance(ramp: Ramp, weight: number, nowMs: number): void {
    if (nowMs < ramp.dueMs) return;
    const elapsedMs = nowMs - ramp.startMs;
    if (ramp.phase === 'new' || elapsedMs >= ramp.lengthMs) {
      this.reweighted(ramp, weight, 0);
      this.#warmUp(ramp, weight);
    } else {
      ramp.share = rampShare(elapsedMs, ramp.lengthMs);
      ramp.dueMs = ramp.startMs + ((stepAt(elapsedMs, ramp.lengthMs) + 1) * ramp.lengthMs) / STEPS;
    }
  }

  #warmUp(ramp: Ramp, weight: number): void {
    ramp.phase = 'warm';
    ramp.share = 1;
    ramp.dueMs = Number.POSITIVE_INFINITY;
    this.#warmWeight += weight;
  }
}

function stepAt(elapsedMs: number, lengthMs: number): number {
  // Steps fall on times that division does not hit exactly.
  return Math.floor((elapsedMs / lengthMs) * STEPS + 1e-9);
}
