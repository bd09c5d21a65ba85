import { expect, it } from 'vitest';
import { flood } from '../../proofs/flood/flood.ts';

it('writes or counts as lost each event of a short flood', async () => {
  const { recorded, written, lost, received, outOfOrder } = await flood({ seconds: 0.5, rate: 200_000 });
  expect(recorded).toBeGreaterThan(0);
  expect(written + lost).toBe(recorded);
  expect(received).toBe(written);
  expect(outOfOrder).toBe(0);
});
