import {
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  noopMeter,
} from '@evenkeel/core';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';

describe('noopMeter', () => {
  it('records nothing and calls nothing', () => {
    const requests = noopMeter.counter('requests_total', { labels: ['route'] });
    const size = noopMeter.gauge('size_bytes');
    const seconds = noopMeter.histogram('seconds', { labels: ['route'], buckets: [1, 2] });
    const refresh = vi.fn();
    const stop = noopMeter.onCollect(refresh);
    const results = [
      requests.inc(),
      requests.labels({ route: '/' }).inc(2),
      requests.inc(-1),
      size.set(5),
      size.add(-5),
      size.labels({}).set(Number.NaN),
      seconds.observe(0.5),
      seconds.labels({ route: '/' }).observe(0.5),
      stop(),
      stop(),
    ];
    expect(results).toEqual(results.map(() => undefined));
    expect(refresh).not.toHaveBeenCalled();
  });

  it('allocates no instrument', () => {
    const counter = noopMeter.counter('a', { labels: ['x'] });
    expect(counter.labels({ x: 1 })).toBe(counter);
    expect(noopMeter.counter('b')).toBe(counter);
  });

  it('is typed as any meter is', () => {
    expectTypeOf(noopMeter).toEqualTypeOf<Meter>();
    expectTypeOf(noopMeter.counter('a')).toEqualTypeOf<Counter>();
    expectTypeOf(noopMeter.gauge('a', { labels: ['x'] })).toEqualTypeOf<Gauge<'x'>>();
    expectTypeOf(noopMeter.histogram('a', { labels: ['x', 'y'] })).toEqualTypeOf<Histogram<'x' | 'y'>>();
    const labelled = noopMeter.counter('a', { labels: ['route', 'method'] });
    expectTypeOf(labelled.labels({ route: '/', method: 1 })).toEqualTypeOf<BoundCounter>();
    expectTypeOf<Gauge['labels']>().returns.toEqualTypeOf<BoundGauge>();
    expectTypeOf<Histogram['labels']>().returns.toEqualTypeOf<BoundHistogram>();
    // @ts-expect-error every label needs a value
    labelled.labels({ route: '/' });
    // @ts-expect-error there is no such label
    labelled.labels({ route: '/', method: 1, status: 200 });
    // @ts-expect-error a counter only grows
    labelled.set?.(5);
  });
});
