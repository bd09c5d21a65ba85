import { describe, expect, it } from 'vitest';
import { afterMs, balanced } from './balanced.ts';

describe('recommendations and health', () => {
  it('have nothing to say of a fleet that is well, or of none', async () => {
    for (const servers of [0, 3]) {
      const { balancer } = balanced({}, servers);
      if (servers > 0) await balancer.executeRequest(() => 1);
      expect(balancer.recommendations()).toEqual([]);
      expect(balancer.healthCheck()).toMatchObject({ score: 100, status: 'healthy', metrics: { servers } });
    }
  });

  it('name the server that has been down for a minute, and why', async () => {
    const { balancer, clock } = balanced({ healthCheck: { interval: '1s' } }, 3);
    balancer.addServer('ill', { check: () => Promise.reject(new Error('disk full')) });
    balancer.start();
    await clock.advanceAsync(30_000);
    expect(balancer.recommendations()).toEqual([]);
    expect(balancer.healthCheck()).toMatchObject({ score: 75, status: 'warning' });
    await clock.advanceAsync(40_000);
    const [advice, ...others] = balancer.recommendations();
    expect(others).toEqual([]);
    expect(advice).toMatchObject({
      id: 'load-balancer:default:server:ill',
      component: 'loadBalancer',
      priority: 'high',
      message: expect.stringContaining('disk full'),
      evidence: { server: 'ill', state: 'down' },
      automated: false,
    });
    await balancer.stop();
  });

  it('tell of a panic, of a queue that was full, and of calls that go on for long', async () => {
    const { balancer, clock } = balanced(
      { healthCheck: { interval: '1s' }, queueLimit: 0, timeout: '1s' },
      0,
    );
    const idsNow = () => balancer.recommendations().map(({ id }) => id.replace('load-balancer:default:', ''));
    balancer.addServer('well', { maxInFlight: 1 });
    const long = balancer.executeRequest(() => afterMs(clock, 90_000)).catch(() => {});
    await expect(balancer.executeRequest(() => 1)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    expect(idsNow()).toEqual(['queue-full']);
    for (const id of ['ill', 'sick']) balancer.addServer(id, { check: () => false });
    balancer.start();
    await clock.advanceAsync(61_000);
    await long;
    expect(idsNow()).toEqual(['server:ill', 'server:sick', 'panic', 'abandoned']);
    expect(balancer.getStats()).toMatchObject({ panic: true, census: { up: 1, down: 2 } });
    expect(balancer.healthCheck()).toMatchObject({ score: 33, status: 'critical' });
    await balancer.stop();
  });
});
