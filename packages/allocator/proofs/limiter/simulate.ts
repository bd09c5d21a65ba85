import { quantile, seededRandom, TimeoutError, VirtualClock } from '@evenkeel/core';
import { ConcurrencyLimiter } from '../../src/limiter/concurrency-limiter.ts';
import type { LimitStrategy } from '../../src/limiter/strategies/limit-strategy.ts';

/** What the calls are served by, from some moment on. */
export interface Stage {
  readonly name: string;
  readonly forMs: number;
  readonly servers: number;
  /** Calls that arrive a second, at random. */
  readonly perSecond: number;
  /** Draws a service time, in ms. */
  serviceMs(random: () => number): number;
}

/** What came of a stage; its first part, in which the limit finds its place, is left out. */
export interface StageResult {
  readonly stage: string;
  /** Calls served within the deadline, to those that the servers could serve, or those that came if they were fewer. */
  readonly goodput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly limit: { readonly mean: number; readonly last: number };
}

/* The callers' patience; the servers go on with what was given up. */
const DEADLINE_MS = 1000;

/* Of a stage, so much is for finding the limit. */
const SETTLING = 0.25;

/**
 * Calls arrive at random (Poisson), whether or not the ones before were served, at a limiter without a queue; those
 * that it lets through are served in turn by a pool of servers. In virtual time.
 */
export async function simulate(
  strategy: LimitStrategy,
  stages: readonly Stage[],
  seed: number,
): Promise<StageResult[]> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const limiter = new ConcurrencyLimiter({ strategy, clock, maxQueue: 0, hungAfter: '1h' });
  const pool = new Pool(clock);
  const results: StageResult[] = [];
  for (const stage of stages) {
    const countFromMs = clock.monotonic() + SETTLING * stage.forMs;
    const untilMs = clock.monotonic() + stage.forMs;
    const latencies: number[] = [];
    const limits: number[] = [];
    let serviceMs = 0;
    let drawn = 0;
    let arrived = 0;
    pool.resize(stage.servers);
    const draw = () => {
      const ms = stage.serviceMs(random);
      serviceMs += ms;
      drawn += 1;
      return ms;
    };
    const arrive = (): void => {
      const arrivedMs = clock.monotonic();
      if (arrivedMs >= untilMs) return;
      clock.setTimeout(arrive, (-Math.log(1 - random()) * 1000) / stage.perSecond);
      if (arrivedMs >= countFromMs) {
        arrived += 1;
        limits.push(limiter.limit);
      }
      const controller = new AbortController();
      const cancel = clock.setTimeout(
        () => controller.abort(new TimeoutError('the call', DEADLINE_MS)),
        DEADLINE_MS,
      );
      limiter
        .run(() => pool.serve(draw), { signal: controller.signal })
        .then(
          () => arrivedMs >= countFromMs && latencies.push(clock.monotonic() - arrivedMs),
          () => {},
        )
        .finally(cancel);
    };
    clock.setTimeout(arrive, 0);
    await clock.advanceAsync(stage.forMs);
    const servable = (stage.servers * stage.forMs * (1 - SETTLING)) / (serviceMs / drawn);
    const possible = Math.min(servable, arrived);
    results.push({
      stage: stage.name,
      goodput: latencies.length / possible,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      limit: { mean: limits.reduce((sum, limit) => sum + limit, 0) / limits.length, last: limiter.limit },
    });
  }
  return results;
}

/** Serves so many calls at once, the others in turn. */
class Pool {
  readonly #clock: VirtualClock;
  readonly #waiting: (() => void)[] = [];
  #servers = 0;
  #busy = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  resize(servers: number): void {
    this.#servers = servers;
    this.#next();
  }

  serve(draw: () => number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.#clock.setTimeout(() => {
          this.#busy -= 1;
          resolve();
          this.#next();
        }, draw());
      });
      this.#next();
    });
  }

  #next(): void {
    while (this.#busy < this.#servers) {
      const start = this.#waiting.shift();
      if (!start) return;
      this.#busy += 1;
      start();
    }
  }
}
