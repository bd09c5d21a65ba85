import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { Throttle } from '../../src/execution/throttle.ts';

function throttle(isOn = true): Throttle {
  return new Throttle(isOn, seededRandom(1));
}

describe('Throttle', () => {
  it('refuses nobody while half of what is asked goes well, or next to nothing fails', () => {
    const half = throttle();
    for (let request = 0; request < 100; request++) half.record(request % 2 === 0, request);
    expect(half.ratio(100)).toBe(0);
    const few = throttle();
    few.record(false, 0);
    few.record(false, 0);
    expect(few.ratio(0)).toBe(0);
  });

  it('refuses what exceeds twice what was accepted', () => {
    const subject = throttle();
    for (let request = 0; request < 100; request++) subject.record(request < 20, 0);
    expect(subject.ratio(0)).toBeCloseTo((100 - 2 * 20 - 2) / 101);
    let refused = 0;
    for (let request = 0; request < 10_000; request++) if (subject.refuses(0)) refused += 1;
    expect(refused / 10_000).toBeCloseTo(subject.ratio(0), 1);
  });

  it('counts those that it refuses, so that a few get through as long as all fail', () => {
    const subject = throttle();
    let through = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      if (subject.refuses(ms)) subject.refused(ms);
      else {
        through += 1;
        subject.record(false, ms);
      }
    }
    // A thousand come in a second.
    expect(through).toBeGreaterThan(10);
    expect(through).toBeLessThan(200);
  });

  it('lets all through within three seconds when the servers have recovered', () => {
    const subject = throttle();
    for (let ms = 0; ms < 2000; ms++) {
      if (subject.refuses(ms)) subject.refused(ms);
      else subject.record(false, ms);
    }
    expect(subject.ratio(2000)).toBeGreaterThan(0.9);
    for (let ms = 2000; ms < 5000; ms++) {
      if (subject.refuses(ms)) subject.refused(ms);
      else subject.record(true, ms);
    }
    expect(subject.ratio(5000)).toBe(0);
  });

  it('refuses nobody when it is off', () => {
    const subject = throttle(false);
    for (let request = 0; request < 1000; request++) subject.record(false, 0);
    expect({ ratio: subject.ratio(0), refuses: subject.refuses(0) }).toEqual({ ratio: 0, refuses: false });
  });
});
