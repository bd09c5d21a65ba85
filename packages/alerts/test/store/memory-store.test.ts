import { ConfigurationError, VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { MemoryAlertStore } from '../../src/store/memory-store.ts';
import { describeAlertStore, someAlert, someDelivery } from './store-contract.ts';

describeAlertStore(
  'MemoryAlertStore',
  async () => new MemoryAlertStore({ clock: new VirtualClock(1_000_000) }),
);

it('MemoryAlertStore remembers no more than it may', async () => {
  const store = new MemoryAlertStore({ maxHistory: 2, maxDeadLetters: 1 });
  for (const since of [1, 2, 3]) {
    await store.save({
      alerts: [someAlert('a', { since, state: 'resolved', resolvedAt: since })],
      deliveries: [someDelivery(`d${since}`, { state: 'dead', settledAt: since })],
    });
  }
  expect((await store.history({ limit: 10 })).map(({ since }) => since)).toEqual([3, 2]);
  expect((await store.deadLetters({ limit: 10 })).map(({ id }) => id)).toEqual(['d3']);
  expect(() => new MemoryAlertStore({ maxHistory: -1 })).toThrow(ConfigurationError);
});
