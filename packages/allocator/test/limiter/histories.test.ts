import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aimd, type CallPriority, ConcurrencyLimiter, fixed, gradient } from '../../src/limiter/index.ts';
import { sleep } from './task.ts';

/** What a call does: work of its own, then calls of its own, one after another or all at once. */
interface Work {
  readonly arrivesMs: number;
  readonly takesMs: number;
  readonly ends: 'well' | 'badly' | 'never' | 'with a throw';
  readonly abortsMs: number | undefined;
  readonly priority: CallPriority;
  readonly inner: readonly Work[];
  readonly atOnce: boolean;
}

const { work: workOf } = fc.letrec<{ work: Work; leaf: Work }>((tie) => {
  const fields = {
    arrivesMs: fc.integer({ min: 0, max: 300 }),
    takesMs: fc.integer({ min: 0, max: 120 }),
    ends: fc.oneof(
      { weight: 8, arbitrary: fc.constant('well' as const) },
      { weight: 1, arbitrary: fc.constantFrom('badly' as const, 'with a throw' as const) },
      { weight: 1, arbitrary: fc.constant('never' as const) },
    ),
    abortsMs: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined, freq: 3 }),
    priority: fc.constantFrom<CallPriority>('high', 'medium', 'low'),
    atOnce: fc.boolean(),
  };
  return {
    leaf: fc.record({ ...fields, inner: fc.constant([]) }),
    work: fc.record({
      ...fields,
      inner: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(tie('work'), { maxLength: 3 }) },
      ),
    }),
  };
});

const STRATEGIES = {
  fixed: () => fixed({ limit: 2 }),
  aimd: () => aimd({ initialLimit: 3, timeout: 50 }),
  gradient: () => gradient({ initialLimit: 3 }),
};

const setups = fc.record({
  strategy: fc.constantFrom(...(Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[])),
  maxQueue: fc.integer({ min: 0, max: 12 }),
  replaceHung: fc.integer({ min: 0, max: 2 }),
  /* A call that goes on while one that it has given up still runs on its slot makes one more. */
  innerAborts: fc.boolean(),
  calls: fc.array(workOf, { minLength: 1, maxLength: 25 }),
});

it('keeps its promises, whatever the calls do', async () => {
  await fc.assert(
    fc.asyncProperty(setups, async ({ strategy, maxQueue, replaceHung, innerAborts, calls }) => {
      const clock = new VirtualClock();
      const limiter = new ConcurrencyLimiter({
        strategy: STRATEGIES[strategy](),
        maxQueue,
        replaceHung,
        queueTimeout: 400,
        hungAfter: 100,
        clock,
      });
      /* Work under way that is not waiting for calls of its own. */
      let active = 0;
      let peakLimit = limiter.limit;
      let settled = 0;
      let made = 0;
      const forever: (() => void)[] = [];

      const check = () => {
        const { inFlight, hung, queued, limit } = limiter.getStats();
        peakLimit = Math.max(peakLimit, limit);
        // A limit that comes down takes no slot away.
        if (!innerAborts) expect(active).toBeLessThanOrEqual(peakLimit + replaceHung);
        expect(inFlight).toBeLessThanOrEqual(peakLimit + replaceHung);
        expect(inFlight).toBeGreaterThanOrEqual(hung);
        expect(queued).toBeLessThanOrEqual(maxQueue);
        expect(queued > 0 && inFlight < limit).toBe(false);
      };

      const perform = async (work: Work): Promise<void> => {
        active += 1;
        check();
        try {
          await sleep(clock, work.takesMs);
        } finally {
          active -= 1;
        }
        if (work.atOnce) await Promise.all(work.inner.map((inner) => make(inner, innerAborts)));
        else for (const inner of work.inner) await make(inner, innerAborts);
        if (work.ends === 'badly') throw new Error('on purpose');
        if (work.ends !== 'never') return;
        active += 1;
        await new Promise<void>((resolve) => forever.push(resolve));
        active -= 1;
      };

      const make = async (work: Work, mayAbort: boolean): Promise<void> => {
        const controller = new AbortController();
        const { signal } = controller;
        if (mayAbort && work.abortsMs !== undefined)
          clock.setTimeout(() => controller.abort('given up'), work.abortsMs);
        made += 1;
        try {
          await limiter.run(
            () => {
              if (work.ends === 'with a throw') throw new Error('on purpose');
              return perform(work);
            },
            { signal, priority: work.priority },
          );
        } catch (error) {
          const known =
            error === 'given up' ||
            (error instanceof Error && /on purpose|queue is full|came free/.test(error.message));
          if (!known) throw error;
        } finally {
          settled += 1;
        }
      };

      const all = calls.map(async (work) => {
        await sleep(clock, work.arrivesMs);
        await make(work, true);
      });
      await clock.advanceAsync(20_000);
      check();
      // What has not ended by now never will: it holds its slot, and is seen to.
      const { inFlight, hung, queued } = limiter.getStats();
      expect(queued).toBe(0);
      expect(hung).toBe(inFlight);
      expect(inFlight > 0).toBe(forever.length > 0);
      // What waits behind it has been refused; let it end.
      while (forever.length > 0) {
        for (const end of forever.splice(0)) end();
        await clock.advanceAsync(20_000);
      }
      await Promise.all(all);
      const stats = limiter.getStats();
      expect(settled).toBe(made);
      expect(stats).toMatchObject({ inFlight: 0, queued: 0, hung: 0, abandoned: 0, oldestMs: 0 });
      expect(stats.arrived).toBe(made);
      const { started, succeeded, dropped, failed, queueFull, queueTimeout, aborted, arrived } = stats;
      expect(started).toBe(succeeded + dropped + failed);
      expect(arrived).toBe(started + queueFull + queueTimeout + aborted);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 300 },
  );
});
