import { ConfigurationError, PeriodicTask, type PeriodicTaskOptions, VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const boom = new Error('boom');

let clock: VirtualClock;
let unhandled: unknown[];
const onUnhandled = (reason: unknown): void => {
  unhandled.push(reason);
};

beforeEach(() => {
  clock = new VirtualClock();
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });

/** A task that notes when its runs begin; each lasts as long as `lengths` says, 0 where that has no more. */
function record(options: Partial<PeriodicTaskOptions> = {}, lengths: number[] = []) {
  const starts: number[] = [];
  const running = { now: 0, most: 0 };
  const task = new PeriodicTask(
    () => {
      starts.push(clock.monotonic());
      const length = lengths.shift() ?? 0;
      if (length === 0) return undefined;
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      return sleep(length).then(() => {
        running.now -= 1;
      });
    },
    { intervalMs: 10, clock, ...options },
  );
  return { task, starts, running };
}

describe('PeriodicTask', () => {
  it('runs every interval, first after one, until it is stopped', async () => {
    const { task, starts } = record();
    expect(task.isRunning).toBe(false);
    task.start();
    task.start();
    expect(task.isRunning).toBe(true);
    await clock.advanceAsync(35);
    expect(starts).toEqual([10, 20, 30]);
    await task.stop();
    await task.stop();
    expect([task.isRunning, clock.pending, task.skipped]).toEqual([false, 0, 0]);
    await clock.advanceAsync(100);
    expect(starts).toHaveLength(3);
  });

  it('runs every interval also where no promise callback runs in between', () => {
    const { task, starts } = record();
    task.start();
    clock.advance(35);
    expect(starts).toEqual([10, 20, 30]);
  });

  it('runs right after the start when that is asked for, but not within it', async () => {
    const { task, starts } = record({ immediate: true });
    task.start();
    expect(starts).toEqual([]);
    await clock.advanceAsync(25);
    expect(starts).toEqual([0, 10, 20]);
  });

  it('never runs twice at once, and counts the runs it leaves out', async () => {
    const { task, starts, running } = record({}, [25, 5, 10]);
    task.start();
    await clock.advanceAsync(80);
    // 10-35 leaves out 20 and 30; 50-60 still runs when 60 falls due.
    expect(starts).toEqual([10, 40, 50, 70, 80]);
    expect([task.skipped, running.most]).toEqual([3, 1]);
  });

  it('leaves out what a late timer has missed, and stays on its grid', async () => {
    let timer = { fire: (): void => {}, delayMs: 0 };
    let nowMs = 0;
    const late = {
      now: () => nowMs,
      monotonic: () => nowMs,
      setTimeout: (fire: () => void, delayMs: number) => {
        timer = { fire, delayMs };
        return () => {};
      },
      setInterval: () => () => {},
    };
    const run = vi.fn();
    const task = new PeriodicTask(run, { intervalMs: 10, clock: late });
    task.start();
    const seen: unknown[] = [];
    for (const at of [10.4, 19.7, 57, 60, 80]) {
      nowMs = at;
      timer.fire();
      seen.push([at, run.mock.calls.length, task.skipped, Math.round(timer.delayMs * 10) / 10]);
    }
    expect(seen).toEqual([
      [10.4, 1, 0, 9.6],
      [19.7, 2, 0, 10.3],
      [57, 3, 2, 3], // 30, left out 40 and 50
      [60, 4, 2, 10],
      [80, 5, 3, 10], // 70, left out 80
    ]);
  });

  describe('stop', () => {
    it('waits for the run under way', async () => {
      const { task, starts } = record({}, [50]);
      task.start();
      await clock.advanceAsync(15);
      const stopped = vi.fn();
      void task.stop().then(stopped);
      void task.stop().then(stopped);
      await clock.advanceAsync(44);
      expect([stopped.mock.calls.length, task.isRunning]).toEqual([0, false]);
      await clock.advanceAsync(1);
      expect(stopped).toHaveBeenCalledTimes(2);
      expect(starts).toEqual([10]);
    });

    it('may be called from within a run', async () => {
      const starts: number[] = [];
      let stopped: Promise<void> | undefined;
      const task: PeriodicTask = new PeriodicTask(
        async () => {
          starts.push(clock.monotonic());
          stopped = task.stop();
          await sleep(5);
        },
        { intervalMs: 10, clock },
      );
      task.start();
      await clock.advanceAsync(12);
      const done = vi.fn();
      void stopped?.then(done);
      await clock.advanceAsync(2);
      expect(done).not.toHaveBeenCalled();
      await clock.advanceAsync(100);
      expect(done).toHaveBeenCalledTimes(1);
      expect([starts, task.isRunning, clock.pending]).toEqual([[10], false, 0]);
    });

    it('before any start does nothing', async () => {
      await record().task.stop();
    });

    it('happens at the end of an `await using` block', async () => {
      const { task, starts } = record();
      task.start();
      await task[Symbol.asyncDispose]();
      await clock.advanceAsync(50);
      expect([starts, task.isRunning]).toEqual([[], false]);
    });
  });

  it('can be started again, also while the last run is under way, without running twice at once', async () => {
    const { task, starts, running } = record({}, [25]);
    task.start();
    await clock.advanceAsync(12);
    const stopped = task.stop();
    task.start();
    await clock.advanceAsync(40);
    await stopped;
    // Due at 22 and 32 from the second start; the first of them falls into the run of 10-35, and so does the next.
    expect([starts, task.skipped, running.most]).toEqual([[10, 42, 52], 2, 1]);
  });

  describe('runNow', () => {
    it('runs whether started or not, and leaves the grid alone', async () => {
      const { task, starts } = record();
      await task.runNow();
      task.start();
      await clock.advanceAsync(15);
      await task.runNow();
      await clock.advanceAsync(10);
      expect(starts).toEqual([0, 10, 15, 20]);
    });

    it('joins the run under way', async () => {
      const { task, starts, running } = record({}, [20]);
      const first = task.runNow();
      const second = task.runNow();
      expect(second).toBe(first);
      await clock.advanceAsync(20);
      await Promise.all([first, second]);
      expect([starts, running.most]).toEqual([[0], 1]);
    });

    it('from within the run does not begin another', async () => {
      let runs = 0;
      const task: PeriodicTask = new PeriodicTask(
        () => {
          runs += 1;
          void task.runNow();
        },
        { intervalMs: 10, clock },
      );
      await task.runNow();
      expect(runs).toBe(1);
      await task.runNow();
      expect(runs).toBe(2);
    });
  });

  describe('a run that fails', () => {
    it.each([
      [
        'throws',
        () => {
          throw boom;
        },
        boom,
      ],
      [
        'throws undefined',
        () => {
          throw undefined;
        },
        undefined,
      ],
      ['rejects', () => Promise.reject(boom), boom],
      [
        'returns a thenable that throws',
        () =>
          Object.fromEntries([
            [
              'then',
              () => {
                throw boom;
              },
            ],
          ]),
        boom,
      ],
    ])('and %s is told to onError, and the task goes on', async (_, run, error) => {
      const onError = vi.fn();
      const task = new PeriodicTask(run as () => unknown, { intervalMs: 10, clock, onError });
      task.start();
      await clock.advanceAsync(25);
      expect(onError.mock.calls).toEqual([[error], [error]]);
      await task.runNow();
      await task.stop();
    });

    it.each([
      [
        'throws',
        () => {
          throw boom;
        },
      ],
      ['rejects', () => Promise.reject(boom)],
    ])('goes on also when onError %s', async (_, onError) => {
      const run = vi.fn(() => {
        throw boom;
      });
      const task = new PeriodicTask(run, { intervalMs: 10, clock, onError });
      task.start();
      await clock.advanceAsync(30);
      await task.runNow();
      await task.stop();
      expect(run).toHaveBeenCalledTimes(4);
    });

    it('is ignored without onError', async () => {
      const task = new PeriodicTask(() => Promise.reject(boom), { intervalMs: 10, clock });
      task.start();
      await clock.advanceAsync(30);
      await task.stop();
    });
  });

  describe('intervalMs', () => {
    it.each([
      ['longer', 12, 30, [10, 40, 70]],
      ['shorter', 12, 4, [10, 14, 18, 22, 26, 30, 34, 38, 42, 46, 50, 54, 58, 62, 66, 70]],
      ['shorter than what has passed', 18, 4, [10, 18, 22, 26, 30, 34, 38, 42, 46, 50, 54, 58, 62, 66, 70]],
    ])('set %s moves the run that is waited for', async (_, at, intervalMs, expected) => {
      const { task, starts } = record();
      task.start();
      await clock.advanceAsync(at);
      task.intervalMs = intervalMs;
      expect(task.intervalMs).toBe(intervalMs);
      await clock.advanceAsync(70 - at);
      expect([starts, task.skipped]).toEqual([expected, 0]);
      expect(clock.pending).toBe(1);
    });

    it('set while a run is under way does not begin another', async () => {
      const { task, starts, running } = record({}, [25]);
      task.start();
      await clock.advanceAsync(15);
      task.intervalMs = 5;
      await clock.advanceAsync(30);
      expect([starts, running.most, task.skipped]).toEqual([[10, 35, 40, 45], 1, 4]);
    });

    it('set before the immediate first run does not put that off', async () => {
      const { task, starts } = record({ immediate: true });
      task.start();
      task.intervalMs = 50;
      await clock.advanceAsync(60);
      expect(starts).toEqual([0, 50]);
    });

    it('set while stopped holds from the next start, and starts nothing', async () => {
      const { task, starts } = record();
      task.intervalMs = 20;
      await clock.advanceAsync(50);
      task.start();
      await clock.advanceAsync(20);
      expect(starts).toEqual([70]);
    });

    it.each([0, -5, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '1s'])('refuses %s', (intervalMs) => {
      const { task } = record();
      expect(() => {
        task.intervalMs = intervalMs as number;
      }).toThrow('PeriodicTask: intervalMs must be a number of at least 1');
      expect(task.intervalMs).toBe(10);
    });
  });

  it('names everything that is wrong with its options', () => {
    const make = () =>
      new PeriodicTask(() => {}, {
        intervalMs: 0,
        jitter: 2,
        immediate: 1,
        clock: {},
        onError: 'x',
      } as never);
    expect(make).toThrow(
      new ConfigurationError('PeriodicTask', [
        { path: 'intervalMs', value: 0, expected: 'a number of at least 1' },
        { path: 'immediate', value: 1, expected: 'true or false' },
        { path: 'jitter', value: 2, expected: 'a number from 0 to 1' },
        { path: 'clock', value: {}, expected: 'an object with monotonic(), setTimeout()' },
        { path: 'onError', value: 'x', expected: 'a function' },
      ]),
    );
    expect(() => new PeriodicTask(undefined as never, { intervalMs: 1 })).toThrow('run must be a function');
  });

  it('delays each run by its jitter, and the delays do not add up', () => {
    const randoms = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(randoms, fc.double({ min: 0, max: 1, noNaN: true }), (values, jitter) => {
        clock = new VirtualClock();
        let draws = 0;
        const random = () => values[draws++ % values.length] ?? 0;
        const { task, starts } = record({ jitter, random });
        task.start();
        clock.advance(200);
        starts.forEach((start, index) => {
          const due = 10 * (index + 1);
          expect(start).toBeCloseTo(due + jitter * 10 * (values[index % values.length] ?? 0), 6);
        });
        // The twentieth may be delayed beyond the end.
        expect(starts.length).toBeGreaterThanOrEqual(19);
        expect(task.skipped).toBe(0);
      }),
    );
  });

  it('holds its promises for runs of any length', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 15 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (lengths, intervalMs, immediate) => {
          clock = new VirtualClock();
          const { task, starts, running } = record({ intervalMs, immediate }, [...lengths]);
          task.start();
          await clock.advanceAsync(300);
          const firstDue = immediate ? 0 : intervalMs;
          const due = Math.floor((300 - firstDue) / intervalMs) + 1;
          expect(running.most).toBeLessThanOrEqual(1);
          // On the grid, in order, each at the first due time after the one before has ended.
          starts.forEach((start, index) => {
            const before = starts[index - 1];
            const freeFrom = before === undefined ? firstDue : before + (lengths[index - 1] ?? 0);
            const earliest = firstDue + Math.ceil((freeFrom - firstDue) / intervalMs) * intervalMs;
            const next = before === undefined ? firstDue : before + intervalMs;
            // A run that ends at the very time when the next is due may be in the way of it or not.
            expect([Math.max(next, earliest), Math.max(next, earliest) + intervalMs]).toContain(start);
            if (freeFrom % intervalMs !== firstDue % intervalMs) expect(start).toBe(Math.max(next, earliest));
          });
          expect(starts.length + task.skipped).toBe(due);
          const stopping = task.stop();
          await clock.advanceAsync(60);
          await stopping;
          expect([running.now, clock.pending]).toEqual([0, 0]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
