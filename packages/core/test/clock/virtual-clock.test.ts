import { type Clock, ConfigurationError, VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('VirtualClock', () => {
  it('is a clock', () => {
    expectTypeOf<VirtualClock>().toExtend<Clock>();
  });

  it('stands still until it is advanced', () => {
    const clock = new VirtualClock(1_000_000);
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([1_000_000, 0, 0]);
    clock.advance(1.5);
    clock.advance(0);
    expect([clock.now(), clock.monotonic()]).toEqual([1_000_001.5, 1.5]);
  });

  it('runs timers by due time, then in the order they were set, each at its own time', () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const note = (name: string) => () => ran.push(`${name}@${clock.monotonic()}`);
    clock.setTimeout(note('late'), 30);
    clock.setTimeout(note('first'), 10);
    clock.setInterval(note('interval'), 10);
    clock.setTimeout(note('second'), 10);
    clock.advance(30);
    expect(ran).toEqual(['first@10', 'interval@10', 'second@10', 'interval@20', 'late@30', 'interval@30']);
    expect(clock.pending).toBe(1);
  });

  it('runs what is due at the very end, and nothing after it', () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    for (const delay of [0, 10, 10.001]) clock.setTimeout(() => ran.push(delay), delay);
    clock.advance(10);
    expect(ran).toEqual([0, 10]);
    expect(clock.monotonic()).toBe(10);
  });

  it('runs timers that a timer sets, if they fall due', () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    clock.setTimeout(() => {
      ran.push(clock.monotonic());
      clock.setTimeout(() => ran.push(clock.monotonic()), 5);
      clock.setTimeout(() => ran.push(clock.monotonic()), 0);
    }, 5);
    clock.advance(10);
    expect(ran).toEqual([5, 5, 10]);
  });

  it('cancels timers from anywhere, and again without effect', () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    const cancelOther = clock.setTimeout(() => ran.push('other'), 10);
    clock.setTimeout(() => {
      ran.push('one');
      cancelOther();
    }, 5);
    const cancelSelf = clock.setInterval(() => {
      ran.push('interval');
      if (ran.length === 3) cancelSelf();
    }, 4);
    const cancelDone = clock.setTimeout(() => {
      ran.push('done');
      cancelDone();
    }, 50);
    clock.advance(100);
    cancelDone();
    cancelSelf();
    expect(ran).toEqual(['interval', 'one', 'interval', 'done']);
    expect(clock.pending).toBe(0);
  });

  it('takes delays as the platforms do', () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.setTimeout(() => ran.push('negative'), -5);
    clock.setTimeout(() => ran.push('NaN'), Number.NaN);
    clock.setTimeout(() => ran.push('never'), Number.POSITIVE_INFINITY);
    const cancel = clock.setInterval(() => ran.push('interval'), 0);
    clock.advance(2);
    cancel();
    expect(ran).toEqual(['negative', 'NaN', 'interval', 'interval']);
    clock.advance(Number.MAX_SAFE_INTEGER);
    expect(clock.pending).toBe(1);
  });

  it('sets the wall clock without touching timers and monotonic time', () => {
    const clock = new VirtualClock(5000);
    const ran: number[] = [];
    clock.setTimeout(() => ran.push(clock.now()), 100);
    clock.advance(50);
    clock.setWallTime(100);
    expect([clock.now(), clock.monotonic()]).toEqual([100, 50]);
    clock.advance(50);
    expect(ran).toEqual([150]);
  });

  it('lets a callback advance it further, and never goes back', () => {
    const clock = new VirtualClock();
    const ran: string[] = [];
    clock.setTimeout(() => {
      clock.advance(100);
      ran.push(`outer@${clock.monotonic()}`);
    }, 10);
    clock.setTimeout(() => ran.push(`inner@${clock.monotonic()}`), 50);
    clock.advance(20);
    expect(ran).toEqual(['inner@50', 'outer@110']);
    expect(clock.monotonic()).toBe(110);
  });

  it('passes on what a timer throws and keeps the others', () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    clock.setTimeout(() => {
      throw new Error('boom');
    }, 10);
    clock.setTimeout(() => ran.push(clock.monotonic()), 20);
    expect(() => clock.advance(100)).toThrow('boom');
    expect([clock.monotonic(), clock.pending]).toEqual([10, 1]);
    clock.advance(10);
    expect(ran).toEqual([20]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('refuses to advance by %s', async (ms) => {
    const clock = new VirtualClock();
    expect(() => clock.advance(ms as number)).toThrow(ConfigurationError);
    await expect(clock.advanceAsync(ms as number)).rejects.toThrow('ms must be a number of at least 0');
    expect(clock.monotonic()).toBe(0);
  });

  it('tells when timers never let time pass', () => {
    const clock = new VirtualClock();
    const again = (): void => {
      clock.setTimeout(again, 0);
    };
    clock.setTimeout(again, 7);
    expect(() => clock.advance(100)).toThrow(
      expect.objectContaining({ code: 'VIRTUAL_TIME_STALLED', message: expect.stringContaining('at 7 ms') }),
    );
  });

  it('keeps the order where the timer that fills the gap of a cancelled one is due before its new neighbours', () => {
    const clock = new VirtualClock();
    const ran: number[] = [];
    // As a heap: 100 is above 110 is above 130 and 140; 3, under 1 and 2, takes the place of 110.
    const delays = [0, 100, 1, 110, 120, 50, 2, 130, 140, 150, 160, 51, 52, 61, 3];
    const cancels = delays.map((delay) => clock.setTimeout(() => ran.push(delay), delay));
    cancels[3]?.();
    clock.advance(200);
    expect(ran).toEqual([0, 1, 2, 3, 50, 51, 52, 61, 100, 120, 130, 140, 150, 160]);
  });

  it('keeps the order of due times under any setting and cancelling', () => {
    const timers = fc.array(fc.record({ delay: fc.nat(200), cancelled: fc.boolean() }), { maxLength: 80 });
    fc.assert(
      fc.property(timers, fc.array(fc.nat(70), { minLength: 1, maxLength: 10 }), (set, steps) => {
        const clock = new VirtualClock();
        const ran: number[] = [];
        const cancels = set.map(({ delay }, index) =>
          clock.setTimeout(() => {
            expect(clock.monotonic()).toBe(delay);
            ran.push(index);
          }, delay),
        );
        const cancel = () => {
          set.forEach(({ cancelled }, index) => {
            if (cancelled) cancels[index]?.();
          });
        };
        cancel();
        cancel();
        for (const step of steps) {
          clock.advance(step);
          // Those that have run are past cancelling, and so is nothing else.
          for (const index of ran) cancels[index]?.();
        }
        const now = clock.monotonic();
        const expected = set
          .map((timer, index) => ({ ...timer, index }))
          .filter(({ cancelled, delay }) => !cancelled && delay <= now)
          .sort((a, b) => a.delay - b.delay || a.index - b.index)
          .map(({ index }) => index);
        expect(ran).toEqual(expected);
        const waiting = set.filter(({ cancelled, delay }) => !cancelled && delay > now);
        expect(clock.pending).toBe(waiting.length);
      }),
      { numRuns: 300 },
    );
  });

  describe('advanceAsync', () => {
    it('lets promise callbacks settle before, between and after the timers', async () => {
      const clock = new VirtualClock();
      const log: string[] = [];
      const sleep = (ms: number): Promise<void> =>
        new Promise((resolve) => {
          clock.setTimeout(resolve, ms);
        });
      const run = async (): Promise<void> => {
        await undefined;
        for (let round = 0; round < 3; round++) {
          await sleep(10);
          for (let depth = 0; depth < 20; depth++) await undefined;
          log.push(`round ${round}@${clock.monotonic()}`);
        }
      };
      void run();
      await clock.advanceAsync(25);
      expect(log).toEqual(['round 0@10', 'round 1@20']);
      await clock.advanceAsync(5);
      expect(log).toEqual(['round 0@10', 'round 1@20', 'round 2@30']);
      expect([clock.monotonic(), clock.pending]).toEqual([30, 0]);
    });

    it('does not go back when something advances it meanwhile', async () => {
      const clock = new VirtualClock();
      const first = clock.advanceAsync(10);
      clock.advance(50);
      await first;
      expect(clock.monotonic()).toBe(50);
    });

    it('rejects with what a timer throws', async () => {
      const clock = new VirtualClock();
      clock.setTimeout(() => {
        throw new Error('boom');
      }, 10);
      await expect(clock.advanceAsync(20)).rejects.toThrow('boom');
      expect(clock.monotonic()).toBe(10);
    });
  });
});
