import type { BoundCounter, BoundHistogram, Meter } from '@evenkeel/core';
import type { Delivery } from '../store/alert-store.ts';

/** What is recorded of the delivery. */
export interface DeliveryMetrics {
  settled(delivery: Delivery, seconds: number): void;
  failed(channel: string): void;
  readonly suppressed: BoundCounter;
}

export interface ChannelGauges {
  readonly channel: string;
  readonly pending: number;
  readonly isDown: boolean;
}

export interface StoreGauges {
  readonly isWorking: boolean;
  readonly unsaved: number;
  readonly dropped: number;
}

/** @param state of the channels and the store, asked for before each export */
export function defineDeliveryMetrics(
  meter: Meter,
  state: { readonly channels: () => Iterable<ChannelGauges>; readonly store: () => StoreGauges },
): DeliveryMetrics {
  const messages = meter.counter('evenkeel_alerts_messages_total', {
    description: 'Messages by channel and outcome: sent, or dead after all tries.',
    labels: ['channel', 'outcome'],
  });
  const changes = meter.counter('evenkeel_alerts_changes_total', {
    description: 'Changes of alerts by channel and outcome of their message: sent, or dead after all tries.',
    labels: ['channel', 'outcome'],
  });
  const failures = meter.counter('evenkeel_alerts_delivery_failures_total', {
    description: 'Tries that failed and are followed by another.',
    labels: ['channel'],
  });
  const seconds: { labels(values: { channel: string }): BoundHistogram } = meter.histogram(
    'evenkeel_alerts_delivery_seconds',
    { description: 'Time of the try that the receiver took.', labels: ['channel'] },
  );
  const suppressed = meter.counter('evenkeel_alerts_suppressed_total', {
    description: 'Changes that nobody was told of: silenced, flapping, or no news.',
  });
  const pending = meter.gauge('evenkeel_alerts_pending', {
    description: 'Changes that wait to be sent.',
    labels: ['channel'],
  });
  const up = meter.gauge('evenkeel_alerts_channel_up', {
    description: '0 while the channel fails again and again, else 1.',
    labels: ['channel'],
  });
  const storeUp = meter.gauge('evenkeel_alerts_store_up', {
    description: '0 while the store cannot be written to, else 1.',
  });
  const unsaved = meter.gauge('evenkeel_alerts_unsaved', {
    description: 'Alerts, messages and silences that wait to be saved.',
  });
  const dropped = meter.gauge('evenkeel_alerts_store_dropped', {
    description: 'How many were dropped since the start because too many waited to be saved.',
  });
  meter.onCollect(() => {
    const store = state.store();
    storeUp.set(store.isWorking ? 1 : 0);
    unsaved.set(store.unsaved);
    dropped.set(store.dropped);
    for (const { channel, pending: waiting, isDown } of state.channels()) {
      pending.labels({ channel }).set(waiting);
      up.labels({ channel }).set(isDown ? 0 : 1);
    }
  });
  return {
    settled({ channel, changes: carried, state }, took) {
      messages.labels({ channel, outcome: state }).inc();
      changes.labels({ channel, outcome: state }).inc(carried);
      if (state === 'sent') seconds.labels({ channel }).observe(took);
    },
    failed: (channel) => failures.labels({ channel }).inc(),
    suppressed,
  };
}
