import { describe, expect, it } from 'vitest';
import { afterMs, balanced } from './balanced.ts';
import { recordingMeter } from './recording-meter.ts';

describe('the metrics of a balancer', () => {
  it('are what its statistics say, as totals that only grow', async () => {
    const { meter, collect, observations, refreshers } = recordingMeter();
    const { balancer, clock } = balanced({ meter, name: 'search', timeout: 1000 }, 2);
    collect();
    await balancer.executeRequest(() => 1);
    const request = balancer.executeRequest(
      ({ id }, { number }) => (number === 1 ? new Promise<string>(() => {}) : id),
      { idempotent: true },
    );
    await clock.advanceAsync(1500);
    await request;
    const running = balancer.executeRequest(() => afterMs(clock, 10));
    const values = collect();
    expect(collect()).toEqual(values);
    const of = (name: string, labels = '') =>
      values[`evenkeel_load_balancer_${name}{balancer="search"${labels}}`];
    expect({
      succeeded: of('requests_total', ',outcome="succeeded"'),
      timedOut: of('requests_total', ',outcome="timed_out"'),
      retries: of('retries_total', ',reason="timeout"'),
      abandoned: of('abandoned'),
      oldest: of('abandoned_oldest_seconds'),
      up: of('servers', ',state="up"'),
      inFlight: [of('in_flight', ',server="s0"'), of('in_flight', ',server="s1"')].sort(),
      queued: of('queued'),
      throttle: of('throttle_ratio'),
    }).toEqual({
      succeeded: 2,
      timedOut: 0,
      retries: 1,
      abandoned: 1,
      oldest: 1.5,
      up: 2,
      inFlight: [0, 1],
      queued: 0,
      throttle: 0,
    });
    expect(observations.get('evenkeel_load_balancer_request_seconds{balancer="search"}')).toEqual([0, 1]);
    await clock.advanceAsync(10);
    await running;
    await balancer.stop();
    expect(refreshers.size).toBe(0);
    balancer.start();
    expect(refreshers.size).toBe(1);
    await balancer.stop();
  });

  it('have series of their own for two hundred servers at most, and none stays in flight when its server goes', async () => {
    const { meter, collect } = recordingMeter();
    const { balancer, clock } = balanced({ meter }, 0);
    const inFlight = (values: Record<string, number>) =>
      Object.entries(values).filter(([name]) => name.startsWith('evenkeel_load_balancer_in_flight'));
    for (let index = 0; index < 250; index++) balancer.addServer(`s${index}`);
    const requests = Array.from({ length: 250 }, () => balancer.executeRequest(() => afterMs(clock, 10)));
    let series = inFlight(collect());
    expect(series).toHaveLength(201);
    expect(series.reduce((sum, [, value]) => sum + value, 0)).toBe(250);
    for (const id of balancer.servers) balancer.removeServer(id).catch(() => {});
    await clock.advanceAsync(10);
    await Promise.all(requests);
    balancer.addServer('another');
    series = inFlight(collect());
    expect(series).toHaveLength(201);
    expect(series.every(([, value]) => value === 0)).toBe(true);
  });
});
