import type { Meter } from '@evenkeel/core';

/** A meter that keeps what it is told, by `name{label="value"}`, and refuses counters that go back. */
export function recordingMeter() {
  const values = new Map<string, number>();
  const observations = new Map<string, number[]>();
  const refreshers = new Set<() => void>();
  const instrument = (key: string) => ({
    inc: (value = 1) => {
      if (!(value >= 0)) throw new Error(`${key} was to be raised by ${value}`);
      values.set(key, (values.get(key) ?? 0) + value);
    },
    set: (value: number) => void values.set(key, value),
    add: (value: number) => void values.set(key, (values.get(key) ?? 0) + value),
    observe: (value: number) => void observations.set(key, [...(observations.get(key) ?? []), value]),
    labels: (labels: Readonly<Record<string, unknown>>) => {
      const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
      return instrument(`${key}{${pairs.join(',')}}`);
    },
  });
  const meter: Meter = {
    counter: (name) => instrument(name),
    gauge: (name) => instrument(name),
    histogram: (name) => instrument(name),
    onCollect: (refresh) => {
      refreshers.add(refresh);
      return () => refreshers.delete(refresh);
    },
  };
  return {
    meter,
    observations,
    refreshers,
    /** What an export would read. */
    collect: (): Record<string, number> => {
      for (const refresh of refreshers) refresh();
      return Object.fromEntries(values);
    },
  };
}
