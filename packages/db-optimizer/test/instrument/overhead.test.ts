import { expect, it } from 'vitest';
import { bareCost } from '../../proofs/overhead/bare-cost.ts';

/** A short sample of what proofs/overhead.mjs measures with a server, where a round trip takes 70 µs and more. */
it('costs a few microseconds to watch a query', { timeout: 30_000 }, async () => {
  expect(await bareCost((pool) => pool.query('select 1'), 10, 2000)).toBeLessThan(8);
});
