import type { HealthStatus } from '@evenkeel/core';
import type { CheckResult } from '@evenkeel/health';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { virtualChecker } from './checks-in-virtual-time.ts';

type Step =
  | { readonly kind: 'result'; readonly status: HealthStatus; readonly takesMs: number }
  | { readonly kind: 'throw'; readonly takesMs: number }
  | { readonly kind: 'hang' };

const takesMs = fc.integer({ min: 0, max: 3000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('result' as const),
    status: fc.constantFrom<HealthStatus>('healthy', 'warning', 'critical'),
    takesMs,
  }),
  fc.record({ kind: fc.constant('throw' as const), takesMs }),
  fc.record({ kind: fc.constant('hang' as const) }),
);

it('never runs a check twice at once, unless runs are lost, and answers every probe in time (property)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 0, max: 8000 }), { minLength: 1, maxLength: 25 }),
      fc.boolean(),
      async (steps, pauses, inBackground) => {
        const { clock, checker, errors } = virtualChecker();
        const open: number[] = [];
        let runs = 0;
        const check = async (): Promise<CheckResult> => {
          const current = steps[runs % steps.length];
          runs += 1;
          const startedMs = clock.monotonic();
          // The documented rule: another run begins only beside runs that are at least 30 s old, of two at most.
          expect(open.every((other) => startedMs - other >= 30_000)).toBe(true);
          expect(open.length).toBeLessThanOrEqual(2);
          open.push(startedMs);
          if (current === undefined || current.kind === 'hang') return new Promise(() => {});
          await new Promise<void>((resolve) => void clock.setTimeout(resolve, current.takesMs));
          open.splice(open.indexOf(startedMs), 1);
          if (current.kind === 'throw') throw new Error('boom');
          return { status: current.status, message: '' };
        };
        checker.registerHealthCheck('odd', check, { interval: 1000 });
        if (inBackground) checker.start();
        let answered = 0;
        for (const pause of pauses) {
          const askedMs = clock.monotonic();
          void checker.runHealthChecks().then(({ checks }) => {
            expect(clock.monotonic() - askedMs).toBeLessThanOrEqual(800);
            expect(checks.odd?.status).not.toBe('unknown');
            answered += 1;
          });
          await clock.advanceAsync(pause);
        }
        await clock.advanceAsync(800);
        expect(answered).toBe(pauses.length);
        expect(errors).toEqual([]);
        await checker.stop();
      },
    ),
    { numRuns: 60 },
  );
});
