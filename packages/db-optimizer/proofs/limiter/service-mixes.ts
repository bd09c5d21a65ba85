import type { ServiceMix } from './simulated-database.ts';

const exponential = (random: () => number): number => -Math.log(1 - random());

/** Means of the service time measured by connections in use: update, select and 2 ms of sleep on two cores. */
const MEASURED_MS = [
  [1, 3.0],
  [2, 2.8],
  [5, 3.2],
  [8, 3.5],
  [16, 4.2],
  [24, 5.7],
  [32, 7.2],
  [64, 16.9],
] as const;

export const SERVICE_MIXES: readonly ServiceMix[] = [
  {
    name: 'short transactions, knee at 32',
    serviceMs: (inService) => interpolate(MEASURED_MS, inService),
    size: exponential,
  },
  {
    // Eight processors; one piece in ten is a report of twenty times the size.
    name: 'reports among point reads, flat beyond 8',
    serviceMs: (inService) => 10 * Math.max(1, inService / 8),
    size: (random) => (random() < 0.1 ? 20 / 2.9 : 1 / 2.9) * exponential(random),
  },
  {
    // The universal scalability law of N. Gunther: waiting for each other grows with the pairs of them.
    name: 'hot rows, falling beyond 12',
    serviceMs: (inService) => 5 * (1 + 0.04 * (inService - 1) + 0.0066 * inService * (inService - 1)),
    size: (random) => 0.5 + random(),
  },
];

function interpolate(points: readonly (readonly [number, number])[], at: number): number {
  const above = points.findIndex(([x]) => x >= at);
  const [x1, y1] = points[above] ?? points.at(-1) ?? [1, 1];
  const [x0, y0] = points[above - 1] ?? [x1, y1];
  if (above < 0) return y1 * (at / x1);
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}
