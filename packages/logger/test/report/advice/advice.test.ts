import type { Recommendation } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build-report.ts';
import { benchmark, events, HOUR, metric, noise, START, STEPS, series, slice, steady } from '../slices.ts';

const disk = metric('disk-usage', { unit: '%', better: 'lower', area: 'application' });
const heap = metric('heap', { unit: 'MB', better: 'lower', area: 'memory' });

it('forecasts when a percentage will be full', () => {
  const gauss = noise(1);
  // From 50 to 80 within the hour: 20 more take 40 minutes.
  const steps = steady((step) => 50 + (30 * step) / STEPS + 0.3 * gauss());
  const report = buildReport({ current: slice({ series: [series(disk, steps)] }) });
  expect(report.trends).toMatchObject([{ metric: 'disk-usage', direction: 'rising', judgement: 'worse' }]);
  expect(report.trends[0]?.slopePerHour).toBeCloseTo(30, 0);
  expect(report.recommendations).toMatchObject([{ id: 'report:saturation:disk-usage', priority: 'high' }]);
  expect(report.recommendations[0]?.message).toMatch(
    /^Act before disk-usage reaches 100 %: in about (39|40|41) minutes( \(\d+ minutes to \d+ minutes\))?, if it goes on like this\.$/,
  );
  expect(report.summary.headline).toBe(report.recommendations[0]?.message);
});

it('forecasts nothing that is far away, falls, or is there already', () => {
  const gauss = noise(2);
  const slopes = [1, -20];
  for (const slope of slopes) {
    const steps = steady((step) => 50 + (slope * step) / STEPS + 0.01 * gauss());
    expect(buildReport({ current: slice({ series: [series(disk, steps)] }) }).recommendations).toEqual([]);
  }
  const full = steady((step) => Math.min(100, 60 + step));
  expect(
    buildReport({ current: slice({ series: [series(disk, full)] }) }).recommendations.map(
      ({ message }) => message,
    ),
  ).toEqual([]);
});

it('warns before a target is missed', () => {
  const gauss = noise(3);
  const queue = metric('queue', { better: 'lower', target: 100, unit: '' });
  const steps = steady((step) => 40 + (40 * step) / STEPS + gauss());
  const { recommendations } = buildReport({ current: slice({ series: [series(queue, steps)] }) });
  expect(recommendations).toMatchObject([{ id: 'report:saturation:queue', priority: 'medium' }]);
  expect(recommendations[0]?.message).toMatch(
    /^Act before queue misses its target of 100: in about \d+ minutes/,
  );
});

it('advises on a target of 0 that is missed, and on the worst of an area', () => {
  const errors = (name: string) => metric(name, { better: 'lower', target: 0, unit: '' });
  const current = slice({
    series: [
      series(
        errors('a'),
        steady(() => 3),
      ),
      series(
        errors('b'),
        steady(() => 0),
      ),
      series(
        errors('c'),
        steady(() => 1),
      ),
    ],
  });
  const report = buildReport({ current });
  expect(report.recommendations.map(({ id, priority }) => [id, priority])).toEqual([
    ['report:target:a', 'medium'],
    ['report:target:c', 'medium'],
  ]);
  expect(report.detailed.application?.summary).toBe(
    'a: p95 of 3 is above the target of 0, and 1 other metric needs attention.',
  );
});

it('tells a leak, whose floor rises, from a saw-tooth, whose floor does not', () => {
  const gauss = noise(4);
  const tooth = (step: number) => (step % 10) * 5;
  const leak = steady((step) => 200 + step + tooth(step) + gauss());
  const found = buildReport({ current: slice({ series: [series(heap, leak)] }) });
  expect(found.recommendations).toMatchObject([
    {
      id: 'report:leak:heap',
      priority: 'high',
      area: 'memory',
      message: expect.stringMatching(
        /^Look for a memory leak: heap grows by 1[12]\d(\.\d)? MB an hour, and so do its lowest values\.$/,
      ),
    },
  ]);
  const healthy = steady((step) => 200 + tooth(step) + gauss());
  expect(buildReport({ current: slice({ series: [series(heap, healthy)] }) }).recommendations).toEqual([]);
});

it('finds benchmarks that got slower, and not those that only vary', () => {
  const gauss = noise(5);
  const runs = (mean: number) => Array.from({ length: 30 }, () => mean + gauss());
  const report = buildReport({
    current: slice({ benchmarks: [benchmark('parse', runs(60)), benchmark('start-up', runs(80))] }),
    previous: slice(
      { benchmarks: [benchmark('parse', runs(50)), benchmark('start-up', runs(80))] },
      START - HOUR,
    ),
  });
  expect(report.benchmarks).toMatchObject([
    { id: 'parse', runs: 30, previous: { judgement: 'worse' }, measurements: [{ label: 'half', runs: 30 }] },
    { id: 'start-up', runs: 30, previous: { judgement: 'same' } },
  ]);
  expect(report.benchmarks[0]?.interval?.[0]).toBeLessThan(report.benchmarks[0]?.medianMs ?? 0);
  expect(report.recommendations.map(({ id }) => id)).toEqual(['report:benchmark:parse']);
  expect(report.summary).toMatchObject({ verdict: 'warning' });
});

it('notices events that come in a burst or many times as often', () => {
  const quiet = Array.from({ length: STEPS }, () => 1);
  const burst = quiet.with(60, 90);
  const report = buildReport({
    current: slice({ events: [events('burst', burst), events('more', quiet), events('usual', quiet)] }),
    previous: slice(
      {
        events: [
          events('burst', burst),
          events('more', quiet.slice(0, 30)),
          events('usual', quiet.slice(0, 90)),
        ],
      },
      START - HOUR,
    ),
  });
  expect(report.recommendations.map(({ message, evidence }) => [message, ...evidence])).toEqual([
    [
      'Find out why burst happens so often: much of it came at once.',
      '209 events, 209 in the hour before.',
      '90 of them within 30 seconds from 2026-11-21 10:30 UTC.',
    ],
    [
      'Find out why more happens so often: 4 times as high as in the hour before.',
      '120 events, 30 in the hour before.',
    ],
  ]);
});

it('merges the advice of the host, by urgency and once each', () => {
  const advice = (id: string, rest: Partial<Recommendation> = {}): Recommendation => ({
    id,
    component: 'database',
    priority: 'medium',
    message: `Do ${id}.`,
    evidence: { calls: 12, statement: 'SELECT 1' },
    automated: false,
    ...rest,
  });
  const junk = [null, 1, { id: 'x' }, { ...advice('y'), priority: 'urgent' }] as unknown as Recommendation[];
  const report = buildReport({
    current: slice(),
    recommendations: [advice('b'), ...junk, advice('a', { priority: 'critical' }), advice('b'), advice('c')],
  });
  expect(report.recommendations).toEqual([
    {
      id: 'a',
      priority: 'critical',
      area: 'database',
      message: 'Do a.',
      evidence: ['calls: 12', 'statement: SELECT 1'],
    },
    {
      id: 'b',
      priority: 'medium',
      area: 'database',
      message: 'Do b.',
      evidence: ['calls: 12', 'statement: SELECT 1'],
    },
    {
      id: 'c',
      priority: 'medium',
      area: 'database',
      message: 'Do c.',
      evidence: ['calls: 12', 'statement: SELECT 1'],
    },
  ]);
  expect(report.summary).toMatchObject({ verdict: 'critical', headline: 'Do a.' });
});
