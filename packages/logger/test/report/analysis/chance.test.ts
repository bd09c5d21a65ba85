import { seededRandom } from '@evenkeel/core/statistics';
import { expect, it } from 'vitest';
import { buildReport } from '../../../src/report/build-report.ts';
import { HOUR, metric, noise, START, STEP, series, slice, steady } from '../slices.ts';

/* Eight reports on twenty series of pure chance: how many findings there are of each kind, and how many in fifty series. */
const REPORTS = 8;
const SERIES = 20;

const definition = (index: number) => metric(`m${index}`, { better: 'lower' });

const generators: Record<string, (seed: number) => () => number> = {
  'normal noise': (seed) => {
    const gauss = noise(seed);
    return () => 100 + 10 * gauss();
  },
  'skewed noise': (seed) => {
    const random = seededRandom(seed);
    return () => -50 * Math.log(1 - random());
  },
  'noise with heavy tails': (seed) => {
    const gauss = noise(seed);
    return () => Math.exp(gauss());
  },
  'counts that are mostly 0': (seed) => {
    const random = seededRandom(seed);
    return () => (random() < 0.02 ? 1 : 0);
  },
  'two levels': (seed) => {
    const random = seededRandom(seed);
    return () => (random() < 0.5 ? 10 : 100);
  },
  'noise that remembers': (seed) => {
    const gauss = noise(seed);
    let state = 0;
    return () => {
      state = 0.95 * state + gauss();
      return 100 + 5 * state;
    };
  },
};

it.each(Object.keys(generators))('finds next to nothing in %s', (kind) => {
  let changes = 0;
  let trends = 0;
  let anomalies = 0;
  for (let report = 0; report < REPORTS; report++) {
    const makers = Array.from(
      { length: SERIES },
      (_, index) => generators[kind]?.(1 + report * SERIES + index) ?? Math.random,
    );
    // The period before first: a series that remembers goes on from there.
    const previous = makers.map((next, index) => series(definition(index), steady(next), START - HOUR));
    const current = makers.map((next, index) => series(definition(index), steady(next)));
    const made = buildReport({
      current: slice({ series: current }),
      previous: slice({ series: previous }, START - HOUR),
    });
    const metrics = made.detailed.application?.metrics ?? [];
    changes += metrics.filter(({ previous: compared }) =>
      /better|worse/.test(compared?.judgement ?? ''),
    ).length;
    trends += made.trends.length;
    anomalies += made.anomalies.length;
  }
  const most = (REPORTS * SERIES) / 50;
  expect({ changes: changes <= most, trends: trends <= most, anomalies: anomalies <= most }).toEqual({
    changes: true,
    trends: true,
    anomalies: true,
  });
});

it('finds what is there, in noise that remembers too', () => {
  let changes = 0;
  let trends = 0;
  let anomalies = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const next = generators['noise that remembers']?.(seed) ?? Math.random;
    const before = series(definition(0), steady(next), START - HOUR);
    const steps = (extra: (step: number) => number) => steady((step) => next() + extra(step));
    const made = buildReport({
      current: slice({
        series: [
          series(
            definition(0),
            steps(() => 60),
          ),
          series(
            definition(1),
            steps((step) => step),
          ),
          series(
            definition(2),
            steps((step) => (step >= 50 && step < 56 ? 250 : 0)),
          ),
        ],
      }),
      previous: slice({ series: [before] }, START - HOUR),
    });
    const found = made.detailed.application?.metrics.find(({ name }) => name === 'm0');
    changes += found?.previous?.judgement === 'worse' ? 1 : 0;
    trends += made.trends.some(({ metric: name, direction }) => name === 'm1' && direction === 'rising')
      ? 1
      : 0;
    anomalies += made.anomalies.some(
      ({ metric: name, from, to }) => name === 'm2' && from === START + 50 * STEP && to === START + 56 * STEP,
    )
      ? 1
      : 0;
  }
  expect({ changes, trends: trends >= 18, anomalies }).toEqual({ changes: 20, trends: true, anomalies: 20 });
});
