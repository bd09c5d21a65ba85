import { describe, expect, it } from 'vitest';
import { change } from '../../proofs/admission/changes.mjs';
import { simulate } from '../../proofs/admission/simulate.mjs';

const SERVICE_MS: Readonly<Record<string, number>> = { cpu: 5, io: 20, shared: 20 };
const SEEDS = [1, 2, 3];

describe.each(Object.entries(SERVICE_MS))('%s', (work, serviceMs) => {
  it.each([2, 3])('at %s times the capacity does as much as it can, soon', (load) => {
    for (const seed of SEEDS) {
      const row = simulate({ work, load, seconds: 10, seed });
      expect(row['goodput %'], `seed ${seed}`).toBeGreaterThanOrEqual(95);
      expect(row['worst second %'], `seed ${seed}`).toBeGreaterThanOrEqual(80);
      expect(row['p99 from 1 s'], `seed ${seed}`).toBeLessThanOrEqual(12 * serviceMs);
      expect(row['essential %'], `seed ${seed}`).toBeGreaterThanOrEqual(98);
    }
  });

  it('at 0.9 times the capacity refuses next to nothing', () => {
    for (const seed of SEEDS) {
      const row = simulate({ work, load: 0.9, seconds: 20, seed });
      expect(row['refused %'], `seed ${seed}`).toBeLessThanOrEqual(0.5);
    }
  });
});

describe('mixed', () => {
  it.each([2, 3])('at %s times the capacity does nearly as much as it can', (load) => {
    for (const seed of SEEDS) {
      const row = simulate({ work: 'mixed', load, seconds: 10, seed });
      expect(row['goodput %'], `seed ${seed}`).toBeGreaterThanOrEqual(88);
    }
  });
});

describe('slow', () => {
  it.each([0.5, 1, 2])('without a bottleneck is never refused, at %s times what there was', (load) => {
    const row = simulate({ work: 'slow', load, seconds: 3, seed: 1 });
    expect(row['refused %']).toBe(0);
    expect(row.p99).toBeLessThan(1100);
  });
});

describe('changes', () => {
  it.each(['halves', 'doubles'] as const)('are found out: the capacity %s', (name) => {
    for (const seed of SEEDS) {
      const [, before, after] = change({ name, seed });
      expect(before?.['goodput from 2 s %'], `seed ${seed}`).toBeGreaterThan(95);
      expect(after?.['goodput from 2 s %'], `seed ${seed}`).toBeGreaterThan(95);
    }
  });

  it('a back end that takes 500 ms instead of 5: nothing is refused after two seconds', () => {
    for (const seed of SEEDS) {
      const [before, during, after] = change({ name: 'slower', seed });
      expect(before?.['refused %'], `seed ${seed}`).toBe(0);
      expect(during?.['refused %'], `seed ${seed}`).toBeLessThan(20);
      expect(during?.['refused from 2 s %'], `seed ${seed}`).toBeLessThan(1);
      expect(after?.['refused %'], `seed ${seed}`).toBeLessThan(0.5);
    }
  });

  it('a pause of 50 ms each second is no reason to refuse anything', () => {
    for (const row of change({ name: 'pause', seed: 1 })) expect(row['refused %']).toBe(0);
  });

  it('a load that comes and goes every second is served as far as it can be', () => {
    const waves = change({ name: 'waves', seed: 1 }).filter(({ phase }) => phase % 2 === 1);
    expect(waves).toHaveLength(10);
    for (const wave of waves) {
      expect(wave['goodput %'], `phase ${wave.phase}`).toBeGreaterThanOrEqual(95);
      expect(wave.p99, `phase ${wave.phase}`).toBeLessThanOrEqual(240);
    }
  });
});

it('is the same for the same seed, and another for another', () => {
  const play = (seed: number) => simulate({ work: 'shared', load: 2, seconds: 3, seed });
  expect(play(7)).toEqual(play(7));
  expect(play(7)).not.toEqual(play(8));
});
