import { VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { Cache } from '../../src/index.ts';

const SWEEP_MS = 30_000;

const rows = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, name: `product ${id}`, tags: ['red', 'large'] }));

/** A cache that packs, with a large value and a small one, and passes of its sweeper at will. */
function packing() {
  const clock = new VirtualClock();
  const cache = new Cache<unknown>({
    maxBytes: '64mb',
    enableCompression: true,
    compressionThreshold: '16kb',
    clock,
  });
  // A millisecond more than the pass, for what it leaves to be packed. Compressing it takes real time.
  const pass = () => clock.advanceAsync(SWEEP_MS + 1);
  return { cache, clock, pass };
}

it('packs large values that were not read between two passes, and gives them back equal', async () => {
  const { cache, pass } = packing();
  const large = rows(500);
  cache.set('large', large);
  cache.set('small', rows(3));
  const { bytes } = cache.getStats();
  await pass();
  expect(cache.getStats()).toMatchObject({ packed: 0, bytes });
  await pass();
  await expect.poll(() => cache.getStats().packed).toBe(1);
  const packedBytes = cache.getStats().bytes;
  expect(packedBytes).toBeLessThan(bytes / 3);
  expect(cache.has('large')).toBe(true);
  expect(cache.getStats().bytes).toBe(packedBytes);
  expect(cache.get('large')).toEqual(large);
  expect(cache.getStats()).toMatchObject({ packed: 1, unpacked: 1, bytes, hits: 1 });
  // From now on it is as it was: the same object, not another copy.
  expect(cache.get('large')).toBe(cache.get('large'));
});

it('leaves alone what is read, what has no JSON, and what does not become smaller', async () => {
  const { cache, pass } = packing();
  const read = rows(500);
  const withFunctions = rows(500).map((row) => ({ ...row, price: () => 1 }));
  const random = Array.from({ length: 3000 }, () => Math.random().toString(36)).join('');
  cache.set('read', read);
  cache.set('functions', withFunctions);
  for (let time = 0; time < 4; time++) {
    await pass();
    expect(cache.get('read')).toBe(read);
  }
  expect(cache.get('functions')).toBe(withFunctions);
  expect(cache.getStats().packed).toBe(0);
  cache.set('random', Buffer.from(random, 'latin1'));
  await pass();
  await pass();
  expect(cache.getStats().packed).toBeLessThanOrEqual(1);
});

it('packs nothing that was overwritten, deleted or expired meanwhile', async () => {
  const { cache, clock, pass } = packing();
  cache.set('overwritten', rows(500));
  cache.set('deleted', rows(500));
  cache.set('expired', rows(500), { ttl: SWEEP_MS + 10_000 });
  await pass();
  cache.set('overwritten', 'new');
  cache.delete('deleted');
  clock.advance(10_000);
  await pass();
  expect(cache.getStats().packed).toBe(0);
  expect([cache.get('overwritten'), cache.get('deleted'), cache.get('expired')]).toEqual([
    'new',
    undefined,
    undefined,
  ]);
});

it('invalidates packed values like any other', async () => {
  const { cache, pass } = packing();
  cache.set('large', rows(500), { tags: ['products'] });
  await pass();
  await pass();
  await expect.poll(() => cache.getStats().packed).toBe(1);
  cache.invalidateTags('products');
  expect(cache.get('large')).toBeUndefined();
  expect(cache.getStats()).toMatchObject({ entries: 0, bytes: 0, unpacked: 0 });
});
