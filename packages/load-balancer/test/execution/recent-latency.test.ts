import { describe, expect, it } from 'vitest';
import { RecentLatency } from '../../src/execution/recent-latency.ts';

describe('RecentLatency', () => {
  it('knows nothing from too few', () => {
    const latency = new RecentLatency();
    for (let each = 0; each < 19; each++) latency.add(10, 0);
    expect(latency.quantile(0.5, 0)).toBeUndefined();
    latency.add(10, 0);
    expect(latency.quantile(0.5, 0)).toBeCloseTo(10, 0);
  });

  it('works a quantile out anew once a second', () => {
    const latency = new RecentLatency();
    for (let each = 0; each < 100; each++) latency.add(10, 0);
    expect(latency.quantile(0.9, 0)).toBeCloseTo(10, 0);
    for (let each = 0; each < 900; each++) latency.add(100, 500);
    expect(latency.quantile(0.9, 500)).toBeCloseTo(10, 0);
    expect(Math.abs((latency.quantile(0.9, 1000) ?? 0) - 100)).toBeLessThan(3);
  });

  it('forgets what is older than a minute', () => {
    const latency = new RecentLatency();
    for (let each = 0; each < 100; each++) latency.add(10, 1000);
    expect(latency.recent(35_000).count).toBe(100);
    latency.add(20, 40_000);
    expect(latency.recent(59_000).count).toBe(101);
    expect(latency.recent(75_000).count).toBe(1);
    expect(latency.recent(200_000).count).toBe(0);
    expect(latency.quantile(0.5, 200_000)).toBeUndefined();
  });
});
