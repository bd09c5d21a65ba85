import type { Meter } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { pausable, recordingComponent, virtualManager } from '../managed-in-virtual-time.ts';

/** A meter that keeps what it is told, by `name{label="value"}`. */
function recordingMeter() {
  const values = new Map<string, number>();
  const refreshers: (() => void)[] = [];
  const instrument = (key: string) => ({
    inc: (value = 1) => void values.set(key, (values.get(key) ?? 0) + value),
    set: (value: number) => void values.set(key, value),
    add: (value: number) => void values.set(key, (values.get(key) ?? 0) + value),
    observe: () => void values.set(key, (values.get(key) ?? 0) + 1),
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
  return { meter, values, collect: () => refreshers.forEach((refresh) => void refresh()) };
}

it('exports resources, components, actions and decisions', async () => {
  const { meter, values, collect } = recordingMeter();
  const { clock, cpu, manager } = virtualManager({ meter });
  manager.registerComponent('reports', recordingComponent({ cpuPriority: 'low' }).component);
  manager.registerComponent('broken', pausable({ pauseCallback: () => false }).component);
  manager.start();
  cpu.set(1.2);
  await clock.advanceAsync(3000);
  collect();
  const managers = [...values].filter(([name]) =>
    /_(resource|pressure|components|actions|decision)_?/.test(name),
  );
  expect(Object.fromEntries(managers)).toMatchObject({
    'evenkeel_allocator_resource_utilization_ratio{resource="cpu"}': 1.2,
    'evenkeel_allocator_pressure_level{resource="cpu"}': 3,
    'evenkeel_allocator_components{state="running"}': 0,
    'evenkeel_allocator_components{state="reduced"}': 0,
    'evenkeel_allocator_components{state="paused"}': 1,
    'evenkeel_allocator_components{state="unresponsive"}': 1,
    'evenkeel_allocator_actions_total{action="reduce",outcome="done"}': 2,
    'evenkeel_allocator_actions_total{action="pause",outcome="done"}': 1,
    'evenkeel_allocator_actions_total{action="pause",outcome="failed"}': 1,
    evenkeel_allocator_decision_seconds: 6,
  });
  cpu.set(undefined);
  await clock.advanceAsync(500);
  expect(values.get('evenkeel_allocator_pressure_level{resource="cpu"}')).toBeNaN();
});
