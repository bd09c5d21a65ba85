import { type Meter, noopMeter, VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { Notifier } from '../../src/delivery/notifier.ts';
import { someAlert } from '../store/store-contract.ts';

/** Notes the last value of each series. */
function recordingMeter(): {
  readonly meter: Meter;
  readonly collect: () => Readonly<Record<string, number>>;
} {
  const values: Record<string, number> = {};
  const refreshers: (() => void)[] = [];
  const instrument = (name: string): never => {
    const bound = (labels: object) => {
      const key = `${name}${JSON.stringify(labels)}`;
      const add = (value = 1): void => {
        values[key] = (values[key] ?? 0) + value;
      };
      return { inc: add, add, observe: () => add(1), set: (value: number) => (values[key] = value) };
    };
    return { ...bound({}), labels: bound } as never;
  };
  const meter: Meter = {
    ...noopMeter,
    counter: instrument,
    gauge: instrument,
    histogram: instrument,
    onCollect: (refresh) => {
      refreshers.push(refresh);
      return () => {};
    },
  };
  return {
    meter,
    collect: () => {
      for (const refresh of refreshers) refresh();
      return values;
    },
  };
}

it('metrics tell what was sent, failed, given up, suppressed, and what waits', async () => {
  const { meter, collect } = recordingMeter();
  const clock = new VirtualClock(1_000_000);
  const notifier = new Notifier({
    meter,
    clock,
    random: () => 0,
    delivery: { groupWait: 0, deadline: '10s' },
  });
  let isAway = false;
  notifier.addChannel({
    name: 'mail',
    kind: 'test',
    description: 'a receiver',
    send: async () => {
      if (isAway) throw new Error('away');
    },
  });
  await notifier.start();
  notifier.accept({ kind: 'fired', alert: someAlert('a') });
  notifier.accept({ kind: 'updated', alert: someAlert('a', { count: 2 }) });
  await clock.advanceAsync(0);
  expect(collect()).toMatchObject({
    'evenkeel_alerts_messages_total{"channel":"mail","outcome":"sent"}': 1,
    'evenkeel_alerts_changes_total{"channel":"mail","outcome":"sent"}': 1,
    'evenkeel_alerts_delivery_seconds{"channel":"mail"}': 1,
    'evenkeel_alerts_suppressed_total{}': 1,
    'evenkeel_alerts_pending{"channel":"mail"}': 0,
    'evenkeel_alerts_channel_up{"channel":"mail"}': 1,
    'evenkeel_alerts_store_up{}': 1,
    'evenkeel_alerts_unsaved{}': 0,
    'evenkeel_alerts_store_dropped{}': 0,
  });
  isAway = true;
  notifier.accept({ kind: 'fired', alert: someAlert('b', { name: 'other' }) });
  await clock.advanceAsync(5000);
  expect(collect()).toMatchObject({
    'evenkeel_alerts_pending{"channel":"mail"}': 1,
    'evenkeel_alerts_channel_up{"channel":"mail"}': 0,
  });
  await clock.advanceAsync(60_000);
  expect(collect()).toMatchObject({
    'evenkeel_alerts_messages_total{"channel":"mail","outcome":"dead"}': 1,
    'evenkeel_alerts_pending{"channel":"mail"}': 0,
  });
  expect(collect()['evenkeel_alerts_delivery_failures_total{"channel":"mail"}']).toBeGreaterThan(2);
  await notifier.stop();
});
