import { expect, it } from 'vitest';
import { gradient2 } from '../../proofs/limiter/gradient2.ts';
import { SCENARIOS } from '../../proofs/limiter/scenarios.ts';
import { simulate } from '../../proofs/limiter/simulate.ts';
import { gradient } from '../../src/limiter/index.ts';

const sample = ['4 × 20 ms at 0.5x', '4 × 20 ms at 3x', 'capacity step at 2x', 'two kinds of calls at 2x'];

it.each(SCENARIOS.filter(({ name }) => sample.includes(name)))(
  'keeps servers busy and queues short: $name',
  async ({ stages, bounds }) => {
    for (const { goodput, p99Ms } of await simulate(gradient(), stages, 7)) {
      expect(goodput).toBeGreaterThanOrEqual(bounds.goodput);
      expect(p99Ms).toBeLessThanOrEqual(bounds.p99Ms);
    }
  },
);

it('serves as many calls as Gradient2 at a third of its latency, in overload', async () => {
  const { stages = [] } = SCENARIOS.find(({ name }) => name === '4 × 20 ms at 3x') ?? {};
  const [ours] = await simulate(gradient(), stages, 7);
  const [theirs] = await simulate(gradient2(), stages, 7);
  expect(ours?.goodput).toBeGreaterThanOrEqual(theirs?.goodput ?? Number.NaN);
  expect(ours?.p50Ms).toBeLessThanOrEqual((theirs?.p50Ms ?? Number.NaN) / 3);
});

it('gives the same for the same seed', async () => {
  const { stages = [] } = SCENARIOS.find(({ name }) => name === '4 × 20 ms at 2x') ?? {};
  expect(await simulate(gradient(), stages, 3)).toEqual(await simulate(gradient(), stages, 3));
});
