import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overallScore, type ScoreInput, scoreParts } from '../../src/summary/score.ts';

const perfect: ScoreInput = { errorRate: 0, apdex: 1, p99DelayMs: 1, cpuRatio: 0.2, memoryRatio: 0.3 };

it('is made of the documented parts', () => {
  const parts = scoreParts({
    errorRate: 0.05,
    apdex: 0.8,
    p99DelayMs: 260,
    cpuRatio: 0.95,
    memoryRatio: 0.9,
  });
  expect(parts).toEqual([
    { name: 'errors', score: expect.closeTo(75, 10), weight: 30, value: 0.05 },
    { name: 'responsiveness', score: expect.closeTo(80, 10), weight: 30, value: 0.8 },
    { name: 'eventLoop', score: expect.closeTo(50, 10), weight: 15, value: 260 },
    { name: 'cpu', score: expect.closeTo(50, 10), weight: 10, value: 0.95 },
    { name: 'memory', score: expect.closeTo(40, 10), weight: 15, value: 0.9 },
  ]);
  const product = 75 ** 0.3 * 80 ** 0.3 * 50 ** 0.15 * 50 ** 0.1 * 40 ** 0.15;
  expect(overallScore(parts)).toBeCloseTo(product, 8);
});

it('leaves out what is not known, and weighs the rest alone', () => {
  const unknown: ScoreInput = {
    errorRate: null,
    apdex: null,
    p99DelayMs: null,
    cpuRatio: null,
    memoryRatio: null,
  };
  expect(overallScore(scoreParts(unknown))).toBe(100);
  expect(overallScore(scoreParts({ ...unknown, apdex: 0.5 }))).toBeCloseTo(50, 10);
});

it('is 100 when all is well and 0 when one part is', () => {
  expect(overallScore(scoreParts(perfect))).toBe(100);
  for (const broken of [{ errorRate: 0.5 }, { apdex: 0 }, { memoryRatio: 1 }, { p99DelayMs: 2000 }]) {
    expect(overallScore(scoreParts({ ...perfect, ...broken }))).toBe(0);
  }
});

it('never rises when something gets worse', () => {
  const ratio = fc.double({ min: 0, max: 1.5, noNaN: true });
  fc.assert(
    fc.property(ratio, ratio, ratio, ratio, ratio, (errorRate, apdex, delay, cpuRatio, more) => {
      const input: ScoreInput = { errorRate, apdex, p99DelayMs: delay * 500, cpuRatio, memoryRatio: 0.5 };
      const score = overallScore(scoreParts(input));
      const worse = [
        { ...input, errorRate: errorRate + more },
        { ...input, apdex: apdex - more },
        { ...input, p99DelayMs: delay * 500 + more },
        { ...input, cpuRatio: cpuRatio + more },
        { ...input, memoryRatio: 0.5 + more },
      ].map((each) => overallScore(scoreParts(each)));
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      for (const each of worse) expect(each).toBeLessThanOrEqual(score + 1e-9);
    }),
  );
});
