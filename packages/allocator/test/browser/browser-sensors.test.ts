import { VirtualClock } from '@evenkeel/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  browserSensors,
  ComputePressureSensor,
  MainThreadSensor,
  PageHeapSensor,
} from '../../src/browser/index.ts';
import { MODES, thresholdsFor } from '../../src/modes.ts';
import { PRESSURE_LEVELS } from '../../src/pressure/pressure-level.ts';

/** What was observed and not let go of. */
const observed = new Set<object>();
let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});
afterEach(() => {
  vi.unstubAllGlobals();
  expect(observed.size).toBe(0);
});

/** Puts an observer of long frames in place, and gives what adds an entry to it. */
function frames(...supportedEntryTypes: string[]) {
  const pending: object[] = [];
  let deliver = (): void => {};
  const types: string[] = [];
  class FakeObserver {
    static readonly supportedEntryTypes = supportedEntryTypes;
    constructor(callback: (list: { getEntries(): object[] }) => void) {
      deliver = () => callback({ getEntries: () => pending.splice(0) });
    }
    observe({ type }: { type: string }): void {
      types.push(type);
      observed.add(this);
    }
    takeRecords(): object[] {
      return pending.splice(0);
    }
    disconnect(): void {
      observed.delete(this);
    }
  }
  vi.stubGlobal('PerformanceObserver', FakeObserver);
  return { add: (entry: object) => pending.push(entry), deliver: () => deliver(), types };
}

/** Puts a PressureObserver in place whose permission comes when the test says. */
function pressure() {
  let settle: { allow(): void; refuse(): void } | undefined;
  let report = (_state: string): void => {};
  class FakeObserver {
    constructor(callback: (records: { state: string }[]) => void) {
      report = (state) => callback([{ state: 'nominal' }, { state }]);
    }
    observe(): Promise<void> {
      observed.add(this);
      return new Promise((allow, reject) => {
        settle = { allow, refuse: () => reject(new Error('NotAllowedError')) };
      });
    }
    disconnect(): void {
      observed.delete(this);
    }
  }
  vi.stubGlobal('PressureObserver', FakeObserver);
  return { report: (state: string) => report(state), refuse: () => settle?.refuse() };
}

describe('ComputePressureSensor', () => {
  it('reads as the level that the browser tells, in the modes that let components use much', () => {
    const { report } = pressure();
    const sensor = new ComputePressureSensor();
    sensor.start();
    sensor.start();
    expect(sensor.read()).toBeUndefined();
    for (const state of PRESSURE_LEVELS) {
      report(state);
      const { utilization = -1, evidence } = sensor.read() ?? {};
      expect(evidence).toEqual({ state });
      for (const mode of ['balanced', 'performance'] as const) {
        const { fair, serious, critical } = thresholdsFor(MODES[mode], 'cpu');
        const above = [fair, serious, critical].filter((threshold) => utilization >= threshold);
        expect(PRESSURE_LEVELS[above.length]).toBe(state);
      }
    }
    report('a state of the future');
    expect(sensor.read()).toBeUndefined();
    sensor.stop();
    sensor.stop();
    report('critical');
    expect(sensor.read()).toBeUndefined();
  });

  it('cannot tell where it is not allowed to', async () => {
    const { report, refuse } = pressure();
    const sensor = new ComputePressureSensor();
    sensor.start();
    report('critical');
    refuse();
    await Promise.resolve();
    await Promise.resolve();
    expect(sensor.read()).toBeUndefined();
    expect(observed.size).toBe(0);
    sensor.start();
    report('fair');
    expect(sensor.read()?.evidence.state).toBe('fair');
    sensor.stop();
  });

  it('cannot tell where the browser does not have it, or throws', () => {
    const sensor = new ComputePressureSensor();
    sensor.start();
    expect(sensor.read()).toBeUndefined();
    vi.stubGlobal(
      'PressureObserver',
      class {
        constructor() {
          throw new Error('SecurityError');
        }
      },
    );
    sensor.start();
    expect(sensor.read()).toBeUndefined();
    sensor.stop();
  });

  it('cannot tell while the page is hidden', () => {
    const { report } = pressure();
    const sensor = new ComputePressureSensor();
    sensor.start();
    report('critical');
    vi.stubGlobal('document', { visibilityState: 'hidden' });
    expect(sensor.read()).toBeUndefined();
    vi.stubGlobal('document', { visibilityState: 'visible' });
    expect(sensor.read()?.utilization).toBe(1);
    sensor.stop();
  });
});

describe('MainThreadSensor', () => {
  it('reads the longest block and the part of the time that all took, since its previous reading', () => {
    const { add, deliver, types } = frames('mark', 'longtask', 'long-animation-frame');
    const sensor = new MainThreadSensor({ clock });
    expect(sensor.read()).toBeUndefined();
    sensor.start();
    sensor.start();
    expect(types).toEqual(['long-animation-frame']);
    clock.advance(500);
    add({ duration: 80, blockingDuration: 25 });
    deliver();
    add({ duration: 130, blockingDuration: 75 });
    expect(sensor.read()).toEqual({ utilization: 0.5, evidence: { busyRatio: 0.4, maxDelayMs: 125 } });
    clock.advance(500);
    expect(sensor.read()).toEqual({ utilization: 0, evidence: { busyRatio: 0, maxDelayMs: 0 } });
    clock.advance(500);
    for (let index = 0; index < 8; index++) add({ duration: 62, blockingDuration: 12 });
    expect(sensor.read()?.utilization).toBeCloseTo(0.992, 10);
    clock.advance(500);
    add({ duration: 520, blockingDuration: 450 });
    expect(sensor.read()).toEqual({ utilization: 2, evidence: { busyRatio: 1, maxDelayMs: 500 } });
    sensor.stop();
    sensor.stop();
    expect(sensor.read()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('is not alarmed by a frame that is long without blocking anything', () => {
    const { add } = frames('long-animation-frame');
    const sensor = new MainThreadSensor({ clock });
    sensor.start();
    clock.advance(500);
    add({ duration: 400, blockingDuration: 0 });
    expect(sensor.read()?.utilization).toBe(0);
    sensor.stop();
  });

  it('goes by long tasks where the browser knows only these', () => {
    const { add, types } = frames('longtask');
    const sensor = new MainThreadSensor({ clock });
    sensor.start();
    expect(types).toEqual(['longtask']);
    clock.advance(500);
    add({ duration: 200 });
    expect(sensor.read()).toEqual({ utilization: 0.8, evidence: { busyRatio: 0.4, maxDelayMs: 200 } });
    sensor.stop();
  });

  it('sees by its timers what the browser has not told yet', () => {
    frames('long-animation-frame');
    const { late, sensor } = lateTimers();
    sensor.start();
    clock.advance(500);
    late(700);
    expect(sensor.read()?.utilization).toBeGreaterThan(2);
    sensor.stop();
  });

  it('goes by its timers alone where the browser knows neither', () => {
    frames('mark', 'measure');
    const { late, sensor } = lateTimers();
    sensor.start();
    clock.advance(500);
    expect(sensor.read()).toEqual({ utilization: 0, evidence: { busyRatio: 0, maxDelayMs: 0 } });
    late(200);
    clock.advance(500);
    expect(sensor.read()).toEqual({ utilization: 0.8, evidence: { busyRatio: 0, maxDelayMs: 200 } });
    sensor.stop();
  });

  it('does not go by timers while the page is hidden, and just after', () => {
    const { late, sensor } = lateTimers();
    sensor.start();
    const readAfter = (visibilityState: string): number | undefined => {
      late(1000);
      clock.advance(500);
      vi.stubGlobal('document', { visibilityState });
      return sensor.read()?.utilization;
    };
    expect([readAfter('hidden'), readAfter('hidden'), readAfter('visible')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(readAfter('visible')).toBe(4);
    sensor.stop();
    const { add } = frames('longtask');
    sensor.start();
    readAfter('hidden');
    late(1000);
    add({ duration: 100 });
    expect(sensor.read()?.evidence.maxDelayMs).toBe(100);
    sensor.stop();
  });
});

/** A sensor whose timers come late when the test says. */
function lateTimers() {
  let extraMs = 0;
  const sensor = new MainThreadSensor({
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + extraMs,
      setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
      setInterval: (callback, ms) => clock.setInterval(callback, ms),
    },
  });
  return {
    sensor,
    late: (ms: number) => {
      extraMs += ms;
    },
  };
}

describe('PageHeapSensor', () => {
  it('reads the heap where the browser tells of it', () => {
    vi.stubGlobal('performance', { memory: { usedJSHeapSize: 30, jsHeapSizeLimit: 40 } });
    expect(new PageHeapSensor().read()).toEqual({
      utilization: 0.75,
      evidence: { usedBytes: 30, limitBytes: 40, source: 'heap' },
    });
    for (const memory of [undefined, { usedJSHeapSize: 1, jsHeapSizeLimit: 0 }, {}]) {
      vi.stubGlobal('performance', { memory });
      expect(new PageHeapSensor().read()).toBeUndefined();
      expect(PageHeapSensor.isSupported()).toBe(false);
    }
  });
});

describe('browserSensors', () => {
  it('are those that the browser has what they need for', () => {
    const kinds = (): string[] => browserSensors().map((sensor) => sensor.constructor.name);
    // Node, as when a page is rendered on a server.
    expect(kinds()).toEqual(['MainThreadSensor']);
    frames('longtask');
    pressure();
    vi.stubGlobal('performance', { memory: { usedJSHeapSize: 1, jsHeapSizeLimit: 2 }, now: () => 0 });
    expect(kinds()).toEqual(['ComputePressureSensor', 'MainThreadSensor', 'PageHeapSensor']);
  });
});
