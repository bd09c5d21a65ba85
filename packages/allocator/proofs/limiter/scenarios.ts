import type { Stage } from './simulate.ts';

export interface Scenario {
  readonly name: string;
  readonly stages: readonly Stage[];
  /** What `gradient()` is to keep in every stage: least goodput, highest p99. */
  readonly bounds: { readonly goodput: number; readonly p99Ms: number };
}

type Draw = Stage['serviceMs'];

const FOR_MS = 20_000;

/* Tens of thousands of calls, to see a limit drift. */
const LONG_MS = 60_000;

const exactly =
  (ms: number): Draw =>
  () =>
    ms;

/** Log-normal with this mean: at σ = 1.5 a call in a hundred takes ten times the mean. */
const logNormal =
  (meanMs: number, sigma: number): Draw =>
  (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return meanMs * Math.exp(sigma * normal - sigma ** 2 / 2);
  };

/** Pareto with this mean; with α = 1.5 the variance is infinite. */
const pareto =
  (meanMs: number, alpha: number): Draw =>
  (random) =>
    ((meanMs * (alpha - 1)) / alpha) * (1 - random()) ** (-1 / alpha);

/** One in ten takes fifty times as long as the others. */
const twoKinds =
  (fastMs: number): Draw =>
  (random) =>
    random() < 0.1 ? 50 * fastMs : fastMs;

const stage = (
  name: string,
  {
    load,
    servers = 4,
    meanMs = 20,
    serviceMs = exactly(meanMs),
    forMs = FOR_MS,
  }: {
    load: number;
    servers?: number;
    meanMs?: number;
    serviceMs?: Draw;
    forMs?: number;
  },
): Stage => ({ name, forMs, servers, serviceMs, perSecond: (load * servers * 1000) / meanMs });

/* Twelve times what a call takes where nothing waits. */
const IN_ORDER = { goodput: 0.97, p99Ms: 240 };

export const SCENARIOS: readonly Scenario[] = [
  ...[0.5, 2, 3, 5].map((load) => ({
    name: `4 × 20 ms at ${load}x`,
    stages: [stage('', { load })],
    bounds: IN_ORDER,
  })),
  // Near its capacity a pool without a queue loses some of what comes in bursts.
  ...[0.9, 1].map((load) => ({
    name: `4 × 20 ms at ${load}x`,
    stages: [stage('', { load })],
    bounds: { goodput: 0.92, p99Ms: 100 },
  })),
  ...[1.2, 3].map((load) => ({
    name: `4 × 20 ms at ${load}x, long`,
    stages: [stage('', { load, forMs: LONG_MS })],
    bounds: IN_ORDER,
  })),
  ...[1, 100].map((servers) => ({
    name: `${servers} × 20 ms at 2x`,
    stages: [stage('', { load: 2, servers })],
    bounds: IN_ORDER,
  })),
  {
    name: 'latency step at 2x',
    stages: [
      stage('20 ms', { load: 2 }),
      stage('× 3', { load: 2, meanMs: 60 }),
      stage('20 ms', { load: 2 }),
      stage('× 10', { load: 2, meanMs: 200 }),
    ],
    // At 20 calls a second a window lasts 2.5 s: the stage is half over when the new latency is known for one.
    bounds: { goodput: 0.75, p99Ms: 600 },
  },
  {
    name: 'latency step at 2x, 50 servers',
    stages: [
      stage('20 ms', { load: 2, servers: 50 }),
      stage('× 2', { load: 2, servers: 50, meanMs: 40 }),
      stage('× 10', { load: 2, servers: 50, meanMs: 200 }),
      stage('20 ms', { load: 2, servers: 50 }),
    ],
    bounds: { goodput: 0.95, p99Ms: 500 },
  },
  {
    name: 'capacity step at 2x',
    stages: [
      stage('4', { load: 2 }),
      stage('8', { load: 2, servers: 8 }),
      stage('4', { load: 2 }),
      stage('2', { load: 2, servers: 2 }),
    ],
    bounds: IN_ORDER,
  },
  {
    name: 'surge',
    stages: [stage('0.8x', { load: 0.8 }), stage('3x', { load: 3 }), stage('0.8x', { load: 0.8 })],
    bounds: { goodput: 0.95, p99Ms: 100 },
  },
  // From here on bounds of latency are about three times the 99th percentile of the work alone.
  ...[0.8, 2].map((load) => ({
    name: `log-normal, σ 1, at ${load}x`,
    stages: [stage('', { load, serviceMs: logNormal(20, 1) })],
    bounds: { goodput: 0.95, p99Ms: 360 },
  })),
  ...[0.8, 2].map((load) => ({
    name: `log-normal, σ 1.5, 20 servers, at ${load}x`,
    stages: [stage('', { load, servers: 20, serviceMs: logNormal(20, 1.5) })],
    bounds: { goodput: 0.95, p99Ms: 600 },
  })),
  {
    name: 'Pareto, α 1.5, at 2x, long',
    stages: [stage('', { load: 2, serviceMs: pareto(20, 1.5), forMs: LONG_MS })],
    bounds: { goodput: 0.95, p99Ms: 450 },
  },
  {
    name: 'two kinds of calls at 2x',
    stages: [stage('', { load: 2, serviceMs: twoKinds(20 / 5.9) })],
    bounds: { goodput: 0.9, p99Ms: 500 },
  },
];
