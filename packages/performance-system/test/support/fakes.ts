import { setImmediate } from 'node:timers/promises';
import type { Channel, Message } from '@evenkeel/alerts';
import type { VirtualClock } from '@evenkeel/core';
import type { DumpTarget, LogRecord, Sink } from '@evenkeel/logger';
import type { MetricSnapshot, PerformanceMonitor } from '@evenkeel/monitor';
import {
  type PerformanceConfigInput,
  PerformanceSystem,
  type PerformanceSystemHost,
} from '../../src/index.ts';

/** A channel that keeps what it is told. */
export function fakeChannel(name = 'chat', more: Partial<Channel> = {}) {
  const messages: Message[] = [];
  const channel: Channel = {
    name,
    kind: 'fake',
    description: 'a list',
    send: async (message) => void messages.push(message),
    ...more,
  };
  return { channel, messages };
}

/** A sink that keeps what is written to it. */
export function fakeSink(more: Partial<Sink> = {}) {
  const records: LogRecord[] = [];
  const sink: Sink = { name: 'list', write: async (batch) => void records.push(...batch), ...more };
  return { sink, records };
}

/** A place for the recorder's last minutes. */
export function fakeDumps() {
  const written: { readonly reason: string; readonly records: readonly LogRecord[] }[] = [];
  const dumps: DumpTarget = {
    write: async (records, reason) => `dump ${written.push({ reason, records })}`,
  };
  return { dumps, written };
}

/** A system in virtual time that is wired and not started, so that nothing is collected but what a test says. */
export async function wired(
  clock: VirtualClock,
  config: PerformanceConfigInput = {},
  host: PerformanceSystemHost = {},
): Promise<PerformanceSystem> {
  const system = new PerformanceSystem({ environment: 'testing', ...config }, { ...host, clock });
  await system.initialize();
  return system;
}

/** Stops a system, letting time pass for those that wait for it. */
export async function stopped(system: PerformanceSystem, clock: VirtualClock): Promise<void> {
  let isOver = false;
  const over = system.stop().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await clock.advanceAsync(100);
    // What is read from the machine takes time that no clock knows of.
    await setImmediate();
  }
  await over;
}

/** Readings as the monitor's collectors give them; what they measure is the package's own test. */
export function collected(monitor: PerformanceMonitor, readings: Omit<MetricSnapshot, 'timestamp'>): void {
  const emit: (type: string, data: unknown) => void = Reflect.get(monitor, 'emit');
  emit.call(monitor, 'metrics_collected', { timestamp: 0, ...readings });
}

/** What was recorded as events of a type. */
export async function events(system: PerformanceSystem, type: string): Promise<object[]> {
  const { records } = await system.getComponent('logger').dump({ last: '1d' });
  return records.flatMap((record) => (record.kind === 'event' && record.type === type ? [record.data] : []));
}

/** The values that were recorded of a metric. */
export async function values(system: PerformanceSystem, name: string): Promise<number[]> {
  const { records } = await system.getComponent('logger').dump({ last: '1d' });
  return records.flatMap((record) =>
    record.kind === 'metric' && record.name === name ? [record.value] : [],
  );
}
