import { describe, expect, it } from 'vitest';
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts';
import { hashNumber, range } from './describe-policy.ts';

describe('the frequency sketch', () => {
  it('counts up to 15', () => {
    const sketch = new FrequencySketch();
    sketch.ensureCapacity(1000);
    expect(sketch.count(hashNumber(1))).toBe(0);
    expect(sketch.add(hashNumber(1), 2)).toBe(2);
    expect(sketch.add(hashNumber(1), 3)).toBe(5);
    expect(sketch.count(hashNumber(1))).toBe(5);
    for (let use = 0; use < 20; use += 1) sketch.add(hashNumber(1), 1);
    expect(sketch.count(hashNumber(1))).toBe(15);
    expect(sketch.count(hashNumber(2))).toBe(0);
  });

  it('never counts less than there was, and seldom more', () => {
    const sketch = new FrequencySketch();
    sketch.ensureCapacity(2000);
    for (const number of range(0, 4000)) sketch.add(hashNumber(number), 1 + (number % 5));
    const excess = range(0, 4000).map((number) => sketch.count(hashNumber(number)) - 1 - (number % 5));
    expect(Math.min(...excess)).toBe(0);
    expect(excess.filter((each) => each > 0).length).toBeLessThan(200);
  });

  it('keeps its counts when it grows', () => {
    const sketch = new FrequencySketch();
    sketch.ensureCapacity(10);
    for (const number of range(0, 100)) sketch.add(hashNumber(number), number % 2);
    const before = range(0, 100).map((number) => sketch.count(hashNumber(number)));
    sketch.ensureCapacity(50_000);
    expect(range(0, 100).map((number) => sketch.count(hashNumber(number)))).toEqual(before);
    expect(sketch.add(hashNumber(1), 1)).toBe(2);
  });

  it('halves all counts after twenty additions for each entry, at once for those who ask', () => {
    const sketch = new FrequencySketch();
    sketch.ensureCapacity(500);
    const kept = range(0, 50);
    for (const number of kept) sketch.add(hashNumber(number), 12);
    const others = range(1000, 11_000);
    let added = 600;
    while (added <= 10_000) {
      sketch.add(hashNumber(others[added % others.length] as number), 1);
      added += 1;
    }
    // The sweep has not come far: what it has not reached yet is halved when it is read.
    const first = kept.map((number) => sketch.count(hashNumber(number)));
    for (const number of range(20_000, 20_200)) sketch.add(hashNumber(number), 1);
    const swept = kept.map((number) => sketch.count(hashNumber(number)));
    for (const counts of [first, swept]) {
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(6);
      expect(Math.max(...counts)).toBeLessThan(12);
    }
  });
});
