import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Deadline, Deadlines } from '../../src/execution/deadlines.ts';

function deadline(dueMs: number, expire: (nowMs: number) => void = () => {}): Deadline {
  return { dueMs, position: -1, expire };
}

describe('Deadlines', () => {
  it('expire in order of their times, whatever the order in which they come and go', () => {
    const times = fc.array(fc.record({ dueMs: fc.integer({ min: 1, max: 50 }), isRemoved: fc.boolean() }));
    fc.assert(
      fc.property(times, fc.array(fc.integer({ min: 1, max: 20 })), (items, steps) => {
        const clock = new VirtualClock();
        const deadlines = new Deadlines(clock);
        const expired: number[] = [];
        const all = items.map(({ dueMs, isRemoved }) => {
          const each = deadline(dueMs, (nowMs) => {
            expect(nowMs).toBe(dueMs);
            expired.push(dueMs);
          });
          deadlines.add(each, 0);
          return { each, isRemoved };
        });
        for (const { each, isRemoved } of all) if (isRemoved) deadlines.remove(each);
        for (const step of steps) clock.advance(step);
        clock.advance(100);
        const due = items.filter(({ isRemoved }) => !isRemoved).map(({ dueMs }) => dueMs);
        expect(expired).toEqual(due.sort((a, b) => a - b));
        expect(deadlines.size).toBe(0);
        deadlines.stop();
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it('share one timer, which is set anew only for one that is due earlier', () => {
    const clock = new VirtualClock();
    let set = 0;
    const deadlines = new Deadlines({
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimeout: (callback, delayMs) => {
        set += 1;
        return clock.setTimeout(callback, delayMs);
      },
      setInterval: (callback, periodMs) => clock.setInterval(callback, periodMs),
    });
    for (let at = 0; at < 1000; at++) {
      const each = deadline(clock.monotonic() + 100);
      deadlines.add(each, clock.monotonic());
      clock.advance(1);
      deadlines.remove(each);
    }
    expect(set).toBeLessThan(20);
    const early = deadline(clock.monotonic() + 5);
    deadlines.add(early, clock.monotonic());
    expect(clock.pending).toBe(1);
    clock.advance(5);
    expect(early.position).toBe(-1);
    deadlines.stop();
    expect(clock.pending).toBe(0);
  });

  it('may be added and removed by those that expire', () => {
    const clock = new VirtualClock();
    const deadlines = new Deadlines(clock);
    const expired: string[] = [];
    const other = deadline(10, () => expired.push('other'));
    const later = deadline(15, () => expired.push('later'));
    deadlines.add(
      deadline(10, (nowMs) => {
        expired.push('first');
        deadlines.remove(other);
        deadlines.add(later, nowMs);
      }),
      0,
    );
    deadlines.add(other, 0);
    clock.advance(20);
    expect(expired).toEqual(['first', 'later']);
  });
});
