import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './clients.ts';
import { FAULTS, type Fault, type ProcessFleet } from './fleet.ts';

export interface RunSettings {
  /** Requests per second. */
  readonly rate: number;
  /** How long each fault lasts. */
  readonly faultMs: number;
}

/** What came of the requests while something was wrong. */
export interface FaultResult {
  readonly fault: Fault | 'all killed';
  readonly requests: number;
  /** Within the first second, in which it may still be found out. */
  readonly failedBefore: number;
  /** Later. */
  readonly failedAfter: number;
  /** Of all that were answered later than in the first second; of those that failed where none was. */
  readonly p99Ms: number;
  /** In the second after it was put right, less the first half. */
  readonly failedAfterRepair: number;
  /** Tries beyond the first of each request, as a part of the requests. */
  readonly retried: number | undefined;
}

const MOST_RETRIED_IN_OUTAGE = 0.1;
/* A request that nobody can answer must not take its time to fail. */
const MOST_OUTAGE_P99_MS = 100;

/* In which a fault must be found out. */
const DETECTION_MS = 1000;
const SETTLE_MS = 700;
const AFTER_REPAIR_MS = 1500;
const SPARED_AFTER_REPAIR_MS = 500;

interface Outcome {
  readonly startedMs: number;
  readonly latencyMs: number;
  readonly failed: boolean;
}

/** Breaks one server after the other, and at last all. */
export async function runFaults(
  fleet: ProcessFleet,
  client: Client,
  settings: RunSettings,
  faults: readonly Fault[] = FAULTS,
): Promise<FaultResult[]> {
  const all = fleet.ports.map((_, index) => index);
  // Connections are open, code is compiled, and latencies known.
  await load(client, settings.rate, 1500);
  const results: FaultResult[] = [];
  for (const [turn, fault] of faults.entries()) {
    results.push(await runFault(fleet, client, settings, fault, [(3 * turn + 1) % all.length]));
  }
  results.push({ ...(await runFault(fleet, client, settings, 'killed', all)), fault: 'all killed' });
  return results;
}

async function runFault(
  fleet: ProcessFleet,
  client: Client,
  { rate, faultMs }: RunSettings,
  fault: Fault,
  indexes: readonly number[],
): Promise<FaultResult> {
  await load(client, rate, SETTLE_MS);
  const before = client.counts?.();
  for (const index of indexes) fleet.break(index, fault);
  const outcomes = await load(client, rate, faultMs);
  const after = client.counts?.();
  await Promise.all(indexes.map((index) => fleet.repair(index, fault)));
  const repaired = await load(client, rate, AFTER_REPAIR_MS);
  const late = outcomes.filter(({ startedMs }) => startedMs >= DETECTION_MS);
  const answered = late.filter(({ failed }) => !failed);
  return {
    fault,
    requests: outcomes.length,
    failedBefore: countFailed(outcomes) - countFailed(late),
    failedAfter: countFailed(late),
    p99Ms: p99(answered.length > 0 ? answered : late),
    failedAfterRepair: countFailed(repaired.filter(({ startedMs }) => startedMs >= SPARED_AFTER_REPAIR_MS)),
    retried: before && after && (after.retries - before.retries) / (after.requests - before.requests),
  };
}

/** Requests that don't wait for each other, at even intervals; resolves when all have ended. */
async function load(client: Client, rate: number, forMs: number): Promise<Outcome[]> {
  const beginMs = performance.now();
  const outcomes: Promise<Outcome>[] = [];
  for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - beginMs) {
    while (outcomes.length < (elapsedMs / 1000) * rate)
      outcomes.push(ask(client, performance.now() - beginMs));
    await sleep(2);
  }
  return await Promise.all(outcomes);
}

async function ask(client: Client, startedMs: number): Promise<Outcome> {
  const atMs = performance.now();
  const failed = await client.request().then(
    () => false,
    () => true,
  );
  return { startedMs, latencyMs: performance.now() - atMs, failed };
}

function countFailed(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ failed }) => failed).length;
}

function p99(outcomes: readonly Outcome[]): number {
  const sorted = outcomes.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return Math.round(sorted[Math.floor(0.99 * sorted.length)] ?? 0);
}

/** What must not be. */
export function faultsOf(result: FaultResult): string[] {
  const { fault, failedAfter, failedAfterRepair, retried = 0, p99Ms } = result;
  const faults: string[] = [];
  const failed = (count: number, when: string): void => {
    if (count > 0) faults.push(`${fault}: ${count} requests failed ${when}`);
  };
  failed(failedAfterRepair, 'after it was put right');
  if (fault !== 'all killed') {
    failed(failedAfter, 'later than a second after it');
    return faults;
  }
  if (retried > MOST_RETRIED_IN_OUTAGE) faults.push(`${fault}: ${(100 * retried).toFixed(1)} % retries`);
  if (p99Ms > MOST_OUTAGE_P99_MS) faults.push(`${fault}: failures take ${p99Ms} ms`);
  return faults;
}
