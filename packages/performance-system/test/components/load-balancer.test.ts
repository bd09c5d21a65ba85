import { type Alert, VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import { type PerformanceConfigInput, PerformanceSystem } from '../../src/index.ts';

async function started(clock: VirtualClock, loadBalancer: PerformanceConfigInput['loadBalancer'] = {}) {
  const system = new PerformanceSystem({ environment: 'testing', loadBalancer }, { clock });
  const seen: string[] = [];
  // In virtual time the event loop looks busy, and collectors come late.
  system.on('error', () => {});
  const isOurs = ({ labels }: Alert) => labels.component === 'loadBalancer';
  system.on('alert', (alert) => isOurs(alert) && seen.push(`${alert.severity}: ${alert.message}`));
  system.on('alert_resolved', ({ id }) => id.startsWith('load-balancer') && seen.push(`resolved: ${id}`));
  await system.start();
  const alerts = () =>
    system
      .getPerformanceDashboard()
      .alerts.filter(isOurs)
      .map(({ severity, message }) => `${severity}: ${message}`);
  return { system, balancer: system.getComponent('loadBalancer'), alerts, seen };
}

/** Servers a, b and c whose checks pass while they are in the set. */
function addServers(balancer: Awaited<ReturnType<typeof started>>['balancer'], well: ReadonlySet<string>) {
  for (const id of ['a', 'b', 'c']) balancer.addServer(id, { check: (server) => well.has(server.id) });
}

it('balances as configured, with its metrics among those of the system', async () => {
  const clock = new VirtualClock();
  const { system, balancer } = await started(clock, { strategy: 'round-robin', deadline: '2s', retries: 0 });
  await using _ = system;
  for (const id of ['a', 'b']) balancer.addServer(id);
  const chosen = [];
  for (let request = 0; request < 4; request++) chosen.push(await balancer.executeRequest(({ id }) => id));
  expect(chosen.toSorted()).toEqual(['a', 'a', 'b', 'b']);
  // The deadline is shorter than the time for a try is by default.
  const hangs = balancer.executeRequest(() => new Promise(() => {}), { idempotent: true });
  const outcome = expect(hangs).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advanceAsync(2000);
  await outcome;
  expect(balancer.getStats().tries).toBe(5);
  const metrics = system.exportMetrics('prometheus');
  expect(metrics).toContain('requests_total{balancer="default",outcome="succeeded"} 4');
  expect(metrics).toContain('requests_total{balancer="default",outcome="timed_out"} 1');
});

it('takes nothing off the score while there are no servers', async () => {
  const { system, alerts } = await started(new VirtualClock());
  await using _ = system;
  expect(await system.getComponent('health').runHealthChecks()).toMatchObject({
    checks: { loadBalancer: { status: 'healthy' } },
  });
  expect(system.getComponent('loadBalancer').healthCheck().score).toBe(100);
  expect(alerts()).toEqual([]);
});

it('warns of a server that is ejected, once, until it is back', async () => {
  const clock = new VirtualClock();
  const { system, balancer, seen, alerts } = await started(clock, { strategy: 'round-robin' });
  await using _ = system;
  for (const id of ['a', 'b', 'c']) balancer.addServer(id);
  let isIll = true;
  const ask = () =>
    balancer.executeRequest(
      async ({ id }) => {
        if (id === 'b' && isIll) throw new Error('out of order');
      },
      { idempotent: true },
    );
  const askFor = async (seconds: number): Promise<void> => {
    for (let tick = 0; tick < 10 * seconds; tick++) {
      await ask();
      await clock.advanceAsync(100);
    }
  };
  await askFor(3);
  const message = expect.stringMatching(/^warning: Server "b" is taken out: .*out of order/);
  expect(alerts()).toEqual([message]);
  // Trials that fail are the same trouble still.
  await askFor(20);
  expect(balancer.getStats().servers.b?.ejections).toBeGreaterThan(1);
  expect(alerts()).toEqual([message]);
  expect(seen).toHaveLength(1);
  isIll = false;
  await askFor(40);
  expect(seen).toEqual([message, 'resolved: load-balancer-server-b']);
  expect(alerts()).toEqual([]);
});

it('warns of a server that is down until it is removed, and of panic while most are', async () => {
  const clock = new VirtualClock();
  const { system, balancer, alerts } = await started(clock);
  await using _ = system;
  const well = new Set(['a', 'b', 'c']);
  addServers(balancer, well);
  await clock.advanceAsync(10_000);
  well.delete('a');
  await clock.advanceAsync(20_000);
  expect(alerts()).toEqual(['warning: Server "a" is taken out: the check says no']);
  well.delete('b');
  await clock.advanceAsync(20_000);
  expect(alerts()).toEqual([
    'critical: Only 1 of 3 servers are healthy, so all get traffic',
    'warning: Server "a" is taken out: the check says no',
    'warning: Server "b" is taken out: the check says no',
  ]);
  expect(system.getOptimizationRecommendations()[0]).toMatchObject({
    id: 'load-balancer:default:panic',
    priority: 'critical',
  });
  await balancer.removeServer('a');
  expect(alerts()).toEqual(['warning: Server "b" is taken out: the check says no']);
  well.add('b');
  await clock.advanceAsync(20_000);
  expect(alerts()).toEqual([]);
});

it('shows the servers on the dashboard', async () => {
  const clock = new VirtualClock();
  const { system, balancer } = await started(clock);
  await using _ = system;
  const well = new Set(['a', 'b']);
  addServers(balancer, well);
  await clock.advanceAsync(10_000);
  const { components } = system.getPerformanceDashboard();
  expect(components.loadBalancer).toMatchObject({
    state: { kind: 'running' },
    snapshot: { census: { up: 2, down: 1 }, servers: { c: { state: { kind: 'down' } } } },
  });
  expect(await system.getComponent('health').runHealthChecks()).toMatchObject({
    checks: { loadBalancer: { status: 'warning' } },
  });
});
