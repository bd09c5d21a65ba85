import { type Alert, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { events, fakeDumps, wired } from '../support/fakes.ts';

const fire: Alert = {
  id: 'fire',
  name: 'on fire',
  severity: 'warning',
  message: 'The kitchen is on fire',
  since: 0,
  labels: { room: 'kitchen' },
  value: 3,
  threshold: 1,
};

describe('what is recorded', () => {
  it('is each alert, again when its severity changes, and its end', async () => {
    const system = await wired(new VirtualClock());
    const alerts = system.getComponent('alerts');
    for (const severity of ['warning', 'warning', 'critical'] as const) alerts.raise({ ...fire, severity });
    alerts.resolve('fire');
    const { since: _, ...recorded } = fire;
    expect(await events(system, 'alert')).toEqual([recorded, { ...recorded, severity: 'critical' }]);
    expect(await events(system, 'alert_resolved')).toEqual([{ id: 'fire' }]);
  });

  it('is each change of health, with the checks that made it', async () => {
    const system = await wired(new VirtualClock());
    const health = system.getComponent('health');
    health.registerHealthCheck('printer', async () => ({ status: 'critical', message: 'no paper' }));
    await health.runHealthChecks();
    expect(await events(system, 'health_changed')).toEqual([
      expect.objectContaining({
        to: 'critical',
        checks: expect.arrayContaining([expect.objectContaining({ name: 'printer', to: 'critical' })]),
      }),
    ]);
  });

  it('is what the allocator does: modes, and components paused and resumed', async () => {
    const system = await wired(new VirtualClock());
    const allocator = system.getComponent('allocator');
    allocator.registerComponent('painter', { pauseCallback: () => {}, resumeCallback: () => {} });
    allocator.setResourceMode('efficiency');
    await allocator.pauseComponent('painter');
    await allocator.resumeComponent('painter');
    expect(await events(system, 'mode_changed')).toMatchObject([{ from: 'balanced', to: 'efficiency' }]);
    expect(await events(system, 'component_paused')).toMatchObject([{ id: 'painter' }]);
    expect(await events(system, 'component_resumed')).toMatchObject([{ id: 'painter' }]);
  });

  it('is each server that goes and comes', async () => {
    const clock = new VirtualClock();
    const system = await wired(clock, { loadBalancer: { strategy: 'round-robin' } });
    const balancer = system.getComponent('loadBalancer');
    let isUp = true;
    balancer.addServer('a', { check: () => isUp });
    balancer.start();
    await clock.advanceAsync(10_000);
    isUp = false;
    await clock.advanceAsync(30_000);
    await balancer.stop();
    const changes = await events(system, 'server_changed');
    expect(changes.at(-1)).toMatchObject({ id: 'a', to: { kind: 'down' } });
  });

  it('is each slow query', async () => {
    const clock = new VirtualClock();
    const system = await wired(clock, { databaseOptimizer: { slowThreshold: '50ms' } });
    const optimizer = system.getComponent('database');
    optimizer.attach({
      query: async () => {
        clock.advance(80);
        return { rows: [] };
      },
    });
    await optimizer.optimizeQuery('select pg_sleep(1)');
    await expect.poll(() => events(system, 'slow-query')).toHaveLength(1);
  });
});

describe('the last minutes', () => {
  it('are put aside when an alert is critical, once a minute', async () => {
    const clock = new VirtualClock();
    const { dumps, written } = fakeDumps();
    const system = await wired(clock, {}, { dumps });
    const alerts = system.getComponent('alerts');
    alerts.raise({ ...fire, id: 'smoke' });
    expect(written).toEqual([]);
    alerts.raise({ ...fire, severity: 'critical' });
    alerts.raise({ ...fire, id: 'flood', severity: 'critical', message: 'The cellar is full' });
    await clock.advanceAsync(59_000);
    expect(written.map(({ reason }) => reason)).toEqual(['The kitchen is on fire']);
    // The alert itself is the last of what they hold.
    expect(written[0]?.records.at(-1)).toMatchObject({ type: 'alert', data: { id: 'fire' } });
    await clock.advanceAsync(1000);
    alerts.raise({ ...fire, id: 'burglar', severity: 'critical', message: 'The door is open' });
    await clock.advanceAsync(0);
    expect(written.map(({ reason }) => reason)).toEqual(['The kitchen is on fire', 'The door is open']);
  });

  it('are not gathered where there is no place for them', async () => {
    const system = await wired(new VirtualClock());
    const dumped: unknown[] = [];
    system.getComponent('logger').on('dumped', (event) => dumped.push(event));
    system.getComponent('alerts').raise({ ...fire, severity: 'critical' });
    expect(dumped).toEqual([]);
  });

  it('cannot be put aside where the place fails: that is told, and the alert goes on', async () => {
    const clock = new VirtualClock();
    const dumps = { write: () => Promise.reject(new Error('disk full')) };
    const system = await wired(clock, {}, { dumps });
    const [errors, seen]: [string[], string[]] = [[], []];
    system.on('error', ({ error }) => errors.push(error.message));
    system.on('alert', ({ id }) => seen.push(id));
    system.getComponent('alerts').raise({ ...fire, severity: 'critical' });
    await clock.advanceAsync(0);
    expect(errors).toEqual([expect.stringContaining('disk full')]);
    expect(seen).toEqual(['fire']);
  });
});
