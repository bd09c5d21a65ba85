import { expect, it } from 'vitest';
import { fakeSensor } from '../../src/pressure/fake-sensor.ts';

it('reads what it is set to', () => {
  const sensor = fakeSensor('disk', 0.5);
  expect(sensor.resource).toBe('disk');
  expect(sensor.read()?.utilization).toBe(0.5);
  sensor.set(1.2);
  expect(sensor.read()?.utilization).toBe(1.2);
  sensor.set(undefined);
  expect(sensor.read()).toBeUndefined();
  expect(fakeSensor('disk').read()?.utilization).toBe(0);
});

it('tells whether it is running', () => {
  const sensor = fakeSensor('disk');
  expect(sensor.isRunning).toBe(false);
  sensor.start?.();
  expect(sensor.isRunning).toBe(true);
  sensor.stop?.();
  expect(sensor.isRunning).toBe(false);
});
