import { median } from '@evenkeel/core';
import { ConcurrencyLimiter } from '../../src/limiter/concurrency-limiter.ts';
import { limitConcurrency } from '../../src/limiter/limit-concurrency.ts';

const CALLS = 200_000;
const ROUNDS = 9;

const work = async (value: number) => value;

async function measure(call: (value: number) => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  for (let at = 0; at < CALLS; at++) await call(at);
  return ((performance.now() - startMs) * 1e6) / CALLS;
}

async function print(cases: Readonly<Record<string, (value: number) => Promise<unknown>>>): Promise<void> {
  const rounds = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, call] of Object.entries(cases)) rounds.get(name)?.push(await measure(call));
  }
  for (const [name, ns] of rounds)
    console.log(`${name.padEnd(52)} ${median(ns).toFixed(0).padStart(6)} ns a call`);
}

await print({ 'bare async call, before any limiter has run': work });
const fixed = new ConcurrencyLimiter({ limit: 10 });
const adaptive = new ConcurrencyLimiter();
const { signal } = new AbortController();
await print({
  // Before Node 24, AsyncLocalStorage costs something at every promise of the process once it is in use.
  'bare async call, with AsyncLocalStorage in use': work,
  'run(), fixed limit': (value) => fixed.run(() => work(value)),
  'run(), gradient': (value) => adaptive.run(() => work(value)),
  'run(), fixed limit, with a signal': (value) => fixed.run(() => work(value), { signal }),
  'limitConcurrency(), fixed limit': limitConcurrency(work, { limit: 10 }),
});
const lease = async () => {
  const { release } = await fixed.acquire();
  release();
};
await print({ 'acquire() and release()': lease });

const limiter = new ConcurrencyLimiter({ limit: 10, maxQueue: 1_000_000 });
const startMs = performance.now();
await Promise.all(Array.from({ length: 100_000 }, (_, at) => limiter.run(() => work(at))));
const queuedNs = ((performance.now() - startMs) * 1e6) / 100_000;
console.log(
  `${'each of 100,000 queued calls at once'.padEnd(52)} ${queuedNs.toFixed(0).padStart(6)} ns a call`,
);
