import { AlertManager, MemoryAlertStore } from '@evenkeel/alerts';
import { type Alert, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { PerformanceSystem } from '../src/index.ts';
import { RaisedAlerts } from '../src/raised-alerts.ts';

const MINUTE_MS = 60_000;

function alert(id: string): Alert {
  return {
    id,
    name: 'out of order',
    severity: 'warning',
    message: `${id} is out of order`,
    since: 0,
    labels: {},
  };
}

/** Alerts as one process has them. */
async function processWith(store: MemoryAlertStore, clock: VirtualClock) {
  const manager = new AlertManager({ store, clock, resolveAfter: MINUTE_MS });
  const raised = new RaisedAlerts(manager, MINUTE_MS, clock);
  await manager.start();
  raised.start();
  const firing = () => manager.alerts().map(({ id }) => id);
  const stop = async (): Promise<void> => {
    await raised.stop();
    await manager.stop();
  };
  return { manager, raised, firing, stop };
}

describe('RaisedAlerts', () => {
  it('stay on for as long as they last, although they were raised once', async () => {
    const clock = new VirtualClock();
    const { manager, raised, firing, stop } = await processWith(new MemoryAlertStore({ clock }), clock);
    raised.raise(alert('lift'));
    // Those of the application are its own affair.
    manager.raise({ id: 'stairs', name: 'slippery', message: 'wet' });
    await clock.advanceAsync(10 * MINUTE_MS);
    expect(firing()).toEqual(['lift']);
    expect(raised.resolve('lift')).toBe(true);
    await clock.advanceAsync(10 * MINUTE_MS);
    expect(firing()).toEqual([]);
    expect(raised.resolve('lift')).toBe(false);
    await stop();
    expect(clock.pending).toBe(0);
  });

  it('are reminded of with what was said last', async () => {
    const clock = new VirtualClock();
    const { manager, raised, stop } = await processWith(new MemoryAlertStore({ clock }), clock);
    raised.raise(alert('lift'));
    raised.raise({ ...alert('lift'), severity: 'critical', message: 'The lift has fallen' });
    await clock.advanceAsync(5 * MINUTE_MS);
    expect(manager.alerts()).toMatchObject([{ severity: 'critical', message: 'The lift has fallen' }]);
    await stop();
  });

  it('are over some time after the process that raised them has ended, and not before', async () => {
    const clock = new VirtualClock();
    const store = new MemoryAlertStore({ clock });
    const first = await processWith(store, clock);
    first.raised.raise(alert('lift'));
    first.raised.raise(alert('door'));
    await clock.advanceAsync(1000);
    await first.stop();
    const second = await processWith(store, clock);
    expect(second.firing()).toEqual(['lift', 'door']);
    // Only one of them is still so.
    second.raised.raise(alert('door'));
    await clock.advanceAsync(MINUTE_MS / 2);
    expect(second.firing()).toEqual(['lift', 'door']);
    await clock.advanceAsync(MINUTE_MS);
    expect(second.firing()).toEqual(['door']);
    expect(await second.manager.history()).toMatchObject([
      { id: 'door', state: 'firing' },
      { id: 'lift', state: 'resolved' },
    ]);
    await second.stop();
  });

  it('are no more than a thousand that it reminds of, the latest', async () => {
    const clock = new VirtualClock();
    const { raised, firing, stop } = await processWith(new MemoryAlertStore({ clock }), clock);
    for (let id = 0; id < 1100; id++) raised.raise(alert(`lift ${id}`));
    expect(firing()).toHaveLength(1100);
    await clock.advanceAsync(5 * MINUTE_MS);
    expect(firing()).toHaveLength(1000);
    expect(firing()[0]).toBe('lift 100');
    await stop();
  });
});

it('an alert of a component lasts in the system as long as its cause, and is over after it', async () => {
  const clock = new VirtualClock();
  const system = new PerformanceSystem(
    { environment: 'testing', alertManager: { resolveAfter: '10s', evaluationInterval: '1s' } },
    { clock },
  );
  await using _ = system;
  system.on('error', () => {});
  await system.start();
  const balancer = system.getComponent('loadBalancer');
  balancer.addServer('a', { check: () => true });
  balancer.addServer('b', { check: () => false });
  const ours = () =>
    system.getPerformanceDashboard().alerts.flatMap(({ id }) => (id.startsWith('load-balancer') ? [id] : []));
  await clock.advanceAsync(MINUTE_MS);
  expect(ours()).toEqual(['load-balancer-server-b']);
  await balancer.removeServer('b');
  expect(ours()).toEqual([]);
});
