import { describe, expect, it } from 'vitest';
import { evenkeel } from '../../proofs/schedules/evenkeel-subject.ts';
import { FAULTS, type Fault } from '../../proofs/schedules/model.ts';
import { MUTANTS } from '../../proofs/schedules/mutants.ts';
import { bentocache, cacheable } from '../../proofs/schedules/peer-subjects.ts';
import { KEYS, planSchedule } from '../../proofs/schedules/plan.ts';
import { playMany, shrink } from '../../proofs/schedules/play-many.ts';
import { play } from '../../proofs/schedules/schedule.ts';
import { CacheManager } from '../../src/index.ts';

/* More than each of the mutants takes. */
const MUTANT_SCHEDULES = 1500;

describe('schedules', () => {
  it('are as right as the sequential model says', { timeout: 60_000 }, async () => {
    const findings = await playMany(evenkeel, 1, 3000);
    expect(findings.failed, `first seeds: ${JSON.stringify([...findings.faults])}`).toBe(0);
    expect(findings.schedules).toBe(3000);
  });

  it('are the same each time they are played', async () => {
    const record = async () => {
      const lines: string[] = [];
      await play(planSchedule(7, evenkeel.abilities), evenkeel, (line) => lines.push(line));
      return lines;
    };
    const first = await record();
    expect(first.length).toBeGreaterThan(50);
    expect(await record()).toEqual(first);
  });

  it('know the keys of memoized functions', () => {
    const { keyOf } = new CacheManager().memoize((argument: string) => argument, { name: 'm' });
    expect(KEYS).toEqual(expect.arrayContaining([keyOf('x'), keyOf('y')]));
  });
});

describe('a cache that is broken on purpose', () => {
  it.each(Object.entries(MUTANTS))('%s', { timeout: 60_000 }, async (_, { fault, break: breakIt }) => {
    const mend = breakIt();
    try {
      expect(await firstWith(fault)).toBeDefined();
    } finally {
      mend();
    }
  });

  it('of every kind that there is', () => {
    const tried = new Set(Object.values(MUTANTS).map(({ fault }) => fault));
    // Of these, one comes with `stale`, and the other takes a cache that throws.
    const rest = Object.keys(FAULTS).filter((fault) => !tried.has(fault as Fault));
    expect(rest).toEqual(['old load', 'unexpected']);
  });

  it('shows it in a schedule of a few steps', async () => {
    const mend = MUTANTS['stores and joins what was overtaken']?.break();
    try {
      const plan = planSchedule((await firstWith('stale')) ?? 0, evenkeel.abilities);
      const short = await shrink(plan, evenkeel, 'stale');
      expect(short.steps.length).toBeLessThan(Math.min(8, plan.steps.length));
      expect((await play(short, evenkeel)).map(({ fault }) => fault)).toContain('stale');
    } finally {
      mend?.();
    }
    expect(mend).toBeDefined();
  });
});

describe('schedules of other caches', () => {
  it.each([
    ['bentocache', bentocache],
    ['cacheable', cacheable],
  ])('%s gives stale values after invalidations', { timeout: 60_000 }, async (_, subject) => {
    const now = Date.now;
    const findings = await playMany(subject, 1, 200);
    expect(findings.faults.get('stale')?.count).toBeGreaterThan(10);
    expect(Date.now).toBe(now);
  });
});

async function firstWith(fault: Fault): Promise<number | undefined> {
  for (let seed = 1; seed <= MUTANT_SCHEDULES; seed++) {
    const violations = await play(planSchedule(seed, evenkeel.abilities), evenkeel);
    if (violations.some((violation) => violation.fault === fault)) return seed;
  }
  return undefined;
}
