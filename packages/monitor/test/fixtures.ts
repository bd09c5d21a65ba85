import { type Clock, VirtualClock } from '@evenkeel/core';
import { PerformanceMonitor, type PerformanceMonitorOptions } from '@evenkeel/monitor';

/** A monitor in virtual time with everything that it emits. */
export function monitored(options: PerformanceMonitorOptions = {}): {
  clock: VirtualClock;
  monitor: PerformanceMonitor;
  events: { type: string; data: unknown }[];
  of: (type: string) => unknown[];
} {
  const clock = new VirtualClock(1_700_000_000_000);
  const monitor = new PerformanceMonitor({ clock, ...options });
  const events: { type: string; data: unknown }[] = [];
  monitor.on('*', ({ type, data }) => {
    events.push({ type, data });
  });
  return {
    clock,
    monitor,
    events,
    of: (type) => events.filter((event) => event.type === type).map(({ data }) => data),
  };
}

/** A clock that goes on by a step at each look at it, as one does for code that takes time. */
export function tickingClock(stepMs: number): Clock {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => {
      nowMs += stepMs;
      return nowMs;
    },
    setTimeout: () => () => {},
    setInterval: () => () => {},
  };
}

/** A meter that keeps the last value or the count of each series, by `name{label="value"}`. */
export function recordingMeter() {
  const values: Record<string, number> = {};
  const refreshes: (() => void)[] = [];
  const bound = (key: string) => ({
    inc: (by = 1) => {
      values[key] = (values[key] ?? 0) + by;
    },
    set: (value: number) => {
      values[key] = value;
    },
    add: (by: number) => {
      values[key] = (values[key] ?? 0) + by;
    },
    observe: () => {
      values[key] = (values[key] ?? 0) + 1;
    },
  });
  const instrument = (name: string) => ({
    ...bound(name),
    labels: (labels: Readonly<Record<string, string | number | boolean>>) =>
      bound(
        `${name}{${Object.entries(labels)
          .map(([label, value]) => `${label}="${value}"`)
          .join(',')}}`,
      ),
  });
  return {
    values,
    meter: {
      counter: instrument,
      gauge: instrument,
      histogram: instrument,
      onCollect: (refresh: () => void) => {
        refreshes.push(refresh);
        return () => {};
      },
    },
  };
}
