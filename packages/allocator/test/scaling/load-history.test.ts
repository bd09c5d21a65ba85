import { describe, expect, it } from 'vitest';
import { LoadHistory } from '../../src/scaling/index.ts';
import { LoadScript, NO_ADMISSION } from './readings.ts';

const cpu = (utilization: number) => ({ utilization, evidence: {} });

describe('LoadHistory', () => {
  it('computes rates, means and Little’s law from two readings', () => {
    const history = new LoadHistory({ interval: '2s' });
    history.add({ timeMs: 1000, admission: NO_ADMISSION, cpu: cpu(0.4) }, 3);
    history.add(
      {
        timeMs: 3000,
        admission: {
          ...NO_ADMISSION,
          arrived: 100,
          completed: 80,
          rejected: 20,
          serviceMs: 4000,
          inFlightMs: 4000,
          limit: 5,
        },
        cpu: cpu(0.6),
      },
      3,
    );
    expect(history.samples).toEqual([
      {
        timeMs: 3000,
        replicas: 3,
        cpu: 0.6,
        requests: {
          arrivedPerSecond: 50,
          completedPerSecond: 40,
          rejectedPerSecond: 10,
          serviceMs: 50,
          inFlight: 2,
          limit: 5,
        },
      },
    ]);
  });

  it('takes readings together that come sooner than its interval', () => {
    const history = new LoadHistory();
    for (let timeMs = 0; timeMs <= 10_000; timeMs += 1000) {
      history.add({ timeMs, admission: undefined, cpu: cpu(timeMs <= 5000 ? 0.2 : 0.8) }, 1);
    }
    expect(history.samples.map((sample) => [sample.timeMs, sample.cpu, sample.requests])).toEqual([
      [5000, 0.2, undefined],
      [10_000, 0.8, undefined],
    ]);
  });

  it('keeps so many samples and no more', () => {
    const { history } = new LoadScript({ capacity: 10 }).play(500, { cpu: 0.5 });
    expect(history.samples.map(({ timeMs }) => timeMs)).toEqual([
      455_000, 460_000, 465_000, 470_000, 475_000, 480_000, 485_000, 490_000, 495_000, 500_000,
    ]);
  });

  it('leaves out what cannot be: time that stands still or goes back, totals that shrink, junk', () => {
    const history = new LoadHistory({ interval: 1 });
    const admission = { ...NO_ADMISSION, arrived: 10 };
    history.add({ timeMs: 1000, admission, cpu: cpu(Number.NaN) }, 1);
    history.add({ timeMs: 1000, admission, cpu: cpu(0.5) }, 1);
    history.add({ timeMs: 500, admission, cpu: cpu(0.5) }, 1);
    history.add({ timeMs: Number.NaN, admission, cpu: cpu(0.5) }, 1);
    expect(history.samples).toEqual([]);
    history.add({ timeMs: 2000, admission: NO_ADMISSION, cpu: cpu(Infinity) }, Number.NaN);
    expect(history.samples).toEqual([{ timeMs: 2000, replicas: 1, cpu: undefined, requests: undefined }]);
  });

  it('says what is wrong with its options', () => {
    expect(() => new LoadHistory({ capacity: 0 })).toThrow('capacity must be a positive integer, got 0');
    expect(() => new LoadHistory({ interval: 'now' })).toThrow('interval must be milliseconds or a string');
  });
});
