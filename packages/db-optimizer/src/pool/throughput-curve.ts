/** What was seen at about one number of connections in use. */
export interface CurvePoint {
  /** In use, in the mean. */
  readonly connections: number;
  /** Given back per second while so many were in use. */
  readonly perSecond: number;
  /** How long one is held then, in ms, by Little's law. */
  readonly holdMs: number;
}

/* More connections than any pool should have; what is above counts as this many. */
const MOST = 1024;

/* From 8 connections on, numbers within a fifth are taken together: each alone would be seen too rarely. */
const EXACT_UP_TO = 8;
const RUNG = 1.2;

/* Fewer say little: the error is about one in the root of them. */
const EVIDENCE = 200;

/* Of the best throughput. What is beyond the knee brings less than the rest. */
const NEARLY_BEST = 0.95;

/**
 * How many connections are given back per second, by how many are in use: the throughput the database has at that
 * concurrency, whatever the mix of the work. It is counted, not concluded from times that the work takes: completions
 * while `n` were in use over the time that `n` were (the state-dependent rate of a birth-death process; it holds for
 * any distribution of the work).
 */
export class ThroughputCurve {
  readonly #timeMs = new Float64Array(MOST + 1);
  readonly #ended = new Float64Array(MOST + 1);
  #most = 0;

  /** So many were in use for so long. */
  spend(inUse: number, ms: number): void {
    const level = Math.min(MOST, inUse);
    if (level > this.#most) this.#most = level;
    this.#timeMs[level] = (this.#timeMs[level] ?? 0) + ms;
  }

  /** One was given back. @param inUse with it */
  end(inUse: number): void {
    const level = Math.min(MOST, inUse);
    this.#ended[level] = (this.#ended[level] ?? 0) + 1;
  }

  /** Makes all that was seen weigh less. */
  fade(factor: number): void {
    for (let level = 1; level <= this.#most; level++) {
      this.#timeMs[level] = (this.#timeMs[level] ?? 0) * factor;
      this.#ended[level] = (this.#ended[level] ?? 0) * factor;
    }
  }

  /** Rising by connections; only what enough was seen of. */
  points(): CurvePoint[] {
    const points: CurvePoint[] = [];
    let from = 1;
    while (from <= this.#most) {
      const to = Math.min(this.#most, from < EXACT_UP_TO ? from : Math.ceil(from * RUNG) - 1);
      const point = this.#over(from, to);
      if (point) points.push(point);
      from = to + 1;
    }
    return points;
  }

  #over(from: number, to: number): CurvePoint | undefined {
    let timeMs = 0;
    let ended = 0;
    let weighted = 0;
    for (let level = from; level <= to; level++) {
      const ms = this.#timeMs[level] ?? 0;
      timeMs += ms;
      weighted += level * ms;
      ended += this.#ended[level] ?? 0;
    }
    if (ended < EVIDENCE || timeMs <= 0) return undefined;
    const connections = weighted / timeMs;
    return { connections, perSecond: (ended / timeMs) * 1000, holdMs: (connections * timeMs) / ended };
  }
}

/**
 * The fewest connections with nearly the best throughput of all; undefined while it is not known that there is a knee:
 * as long as the most that were seen are as many as the curve needs to get there.
 */
export function kneeOf(points: readonly CurvePoint[]): number | undefined {
  const best = Math.max(0, ...points.map(({ perSecond }) => perSecond));
  const knee = points.findIndex(({ perSecond }) => perSecond >= NEARLY_BEST * best);
  const point = points[knee];
  if (point === undefined || knee === points.length - 1) return undefined;
  return Math.ceil(point.connections);
}
