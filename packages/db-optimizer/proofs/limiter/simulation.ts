import { type Clock, VirtualClock } from '@evenkeel/core';
import { AdaptivePool } from '../../src/pool/adaptive-pool.ts';
import { type ServiceMix, SimulatedDatabase } from './simulated-database.ts';
import { SimulatedPool } from './simulated-pool.ts';

export interface RunOptions {
  readonly mix: ServiceMix;
  /** Connections of a fixed pool, or most that the adaptive one may use. */
  readonly max: number;
  readonly isAdaptive: boolean;
  /** Callers, each of whom asks again as soon as it has its answer. */
  readonly callers: number;
  readonly durationMs: number;
  readonly seed: number;
}

export interface RunResult {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** The same of the second half. */
  readonly laterPerSecond: number;
  readonly laterP99Ms: number;
  /** The limit that the search had found in the end. */
  readonly best: number;
}

/* Long enough for the waiting promises of one instant, short beside any service time. */
const STEP_MS = 1000;

/** Lets callers work through a pool for some virtual time. */
export async function simulate({
  mix,
  max,
  isAdaptive,
  callers,
  durationMs,
  seed,
}: RunOptions): Promise<RunResult> {
  const clock = new VirtualClock();
  const database = new SimulatedDatabase(clock, mix, seed);
  const pool = new SimulatedPool(clock, database, max);
  const adaptive = isAdaptive ? new AdaptivePool(pool, { clock }) : undefined;
  const latencies: { readonly atMs: number; readonly ms: number }[] = [];
  let isOver = false;
  const callsOf = async (clock: Clock): Promise<void> => {
    while (!isOver) {
      const fromMs = clock.monotonic();
      if (adaptive) await adaptive.query('');
      else {
        const client = await pool.connect();
        await client.query('');
        client.release();
      }
      const atMs = clock.monotonic();
      latencies.push({ atMs, ms: atMs - fromMs });
    }
  };
  for (let caller = 0; caller < callers; caller++) void callsOf(clock);
  for (let ms = 0; ms < durationMs; ms += STEP_MS) await clock.advanceAsync(STEP_MS);
  isOver = true;
  const later = latencies.filter(({ atMs }) => atMs >= durationMs / 2);
  return {
    perSecond: (latencies.length / durationMs) * 1000,
    p99Ms: p99(latencies.map(({ ms }) => ms)),
    laterPerSecond: (later.length / (durationMs / 2)) * 1000,
    laterP99Ms: p99(later.map(({ ms }) => ms)),
    best: adaptive?.getStats().best ?? max,
  };
}

export function p99(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(0.99 * (values.length - 1))] ?? Number.NaN;
}
