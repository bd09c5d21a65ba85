import { expect, it } from 'vitest';
import { bareCost } from '../../proofs/overhead/bare-cost.ts';

/* How much it is, proofs/overhead.mjs tells: on a busy machine no test can. */
it('can be measured what it costs to watch a query', async () => {
  expect(await bareCost((pool) => pool.query('select 1'), 2, 100)).toEqual(expect.any(Number));
});
