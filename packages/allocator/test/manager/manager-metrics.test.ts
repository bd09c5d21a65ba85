import { expect, it } from 'vitest';
import { pausable, recordingComponent, virtualManager } from '../managed-in-virtual-time.ts';
import { recordingMeter } from '../support/recording-meter.ts';

it('exports resources, components, actions and decisions', async () => {
  const { meter, values, observations, collect } = recordingMeter();
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
  });
  expect(observations.get('evenkeel_allocator_decision_seconds')).toHaveLength(6);
  cpu.set(undefined);
  await clock.advanceAsync(500);
  expect(values.get('evenkeel_allocator_pressure_level{resource="cpu"}')).toBeNaN();
});
