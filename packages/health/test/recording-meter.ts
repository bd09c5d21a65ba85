import type { Meter } from '@evenkeel/core';

/** A meter that keeps what it is told, by `name{label="value"}`. */
export function recordingMeter() {
  const values = new Map<string, number>();
  const observations = new Map<string, number[]>();
  const refreshers: (() => void)[] = [];
  const instrument = (key: string) => ({
    inc: (value = 1) => void values.set(key, (values.get(key) ?? 0) + value),
    set: (value: number) => void values.set(key, value),
    add: (value: number) => void values.set(key, (values.get(key) ?? 0) + value),
    observe: (value: number) => void observations.set(key, [...(observations.get(key) ?? []), value]),
    labels: (labels: Readonly<Record<string, unknown>>) =>
      instrument(
        `${key}{${Object.entries(labels)
          .map(([name, value]) => `${name}="${value}"`)
          .join(',')}}`,
      ),
  });
  const meter: Meter = {
    counter: (name) => instrument(name),
    gauge: (name) => instrument(name),
    histogram: (name) => instrument(name),
    onCollect: (refresh) => {
      refreshers.push(refresh);
      return () => {};
    },
  };
  return { meter, values, observations, collect: () => refreshers.forEach((refresh) => void refresh()) };
}
