import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../src/advice/candidates/candidate.ts';
import { selectIndexes } from '../../../src/advice/selection/select-indexes.ts';
import type { ExplainableQuery } from '../../../src/advice/workload.ts';
import type { IndexDefinition } from '../../../src/catalogue/catalogue.ts';
import { indexId } from '../../../src/indexes/index-definition.ts';
import type { PlannedCost, WhatIf } from '../../../src/what-if/what-if.ts';

/** A way to run a query: what it costs where certain indexes are there. */
interface Plan {
  readonly needs: readonly number[];
  readonly cost: number;
}

const index = (position: number): IndexDefinition => ({
  schema: 'public',
  table: `t${position % 3}`,
  method: 'btree',
  keys: [{ kind: 'column', sql: `c${position}` }],
  include: [],
  where: undefined,
});

const query = (position: number, weight = 1): ExplainableQuery => ({
  id: `q${position}`,
  text: `select ${position}`,
  weight,
  variants: [{ text: `select ${position}`, share: 1, parameters: 0 }],
});

/** A planner that takes the cheapest of the plans that a query has, and so is never worse with more indexes. */
class FakePlanner implements WhatIf {
  readonly method = 'hypopg';
  calls = 0;
  readonly #plans: ReadonlyMap<string, readonly Plan[]>;
  readonly #bytes: readonly number[];

  constructor(plans: readonly (readonly Plan[])[], bytes: readonly number[]) {
    this.#plans = new Map(plans.map((each, position) => [`q${position}`, each]));
    this.#bytes = bytes;
  }

  cost({ id }: ExplainableQuery, indexes: readonly IndexDefinition[]): Promise<PlannedCost> {
    this.calls += 1;
    const there = new Set(indexes.map(indexId));
    return Promise.resolve(this.best(id, (position) => there.has(indexId(index(position)))));
  }

  best(id: string, isThere: (position: number) => boolean): PlannedCost {
    const possible = (this.#plans.get(id) ?? []).filter(({ needs }) => needs.every(isThere));
    const best = possible.reduce((least, plan) => (plan.cost < least.cost ? plan : least));
    return {
      cost: best.cost,
      rawCost: best.cost,
      used: new Set(best.needs.map((each) => indexId(index(each)))),
    };
  }

  size({ keys }: IndexDefinition): number {
    return this.#bytes[Number(keys[0]?.sql.slice(1))] ?? 0;
  }

  costWithout() {
    return Promise.resolve(undefined);
  }

  close() {
    return Promise.resolve();
  }
}

interface Problem {
  readonly plans: readonly (readonly Plan[])[];
  readonly bytes: readonly number[];
  readonly writeCosts?: readonly number[];
  readonly storageBudget: number;
  readonly maxIndexes?: number;
  readonly minSaving?: number;
  readonly maxCalls?: number;
}

async function solve({ plans, bytes, writeCosts, storageBudget, ...limits }: Problem) {
  const planner = new FakePlanner(plans, bytes);
  const queries = plans.map((_, position) => query(position));
  const candidatesOf = (each: readonly Plan[]): Candidate[] =>
    [...new Set(each.flatMap(({ needs }) => needs))].map((position) => ({
      index: index(position),
      reason: 'test',
    }));
  const selection = await selectIndexes({
    queries: queries.map((each) => ({ query: each, bareCost: planner.best(each.id, () => false).cost })),
    candidates: new Map(plans.map((each, position) => [`q${position}`, candidatesOf(each)])),
    whatIf: planner,
    writeCost: ({ keys }) => writeCosts?.[Number(keys[0]?.sql.slice(1))] ?? 0,
    storageBudget,
    maxIndexes: 100,
    minSaving: 0,
    maxCalls: 10_000,
    isOver: () => false,
    signal: undefined,
    ...limits,
  });
  const chosen = selection.chosen
    .map(({ candidate }) => Number(candidate.index.keys[0]?.sql.slice(1)))
    .sort();
  const cost = selection.queries.reduce((sum, { after }) => sum + after, 0);
  return { selection, chosen, cost, planner };
}

/** By trying all. */
function best({ plans, bytes, storageBudget }: Problem): number {
  const planner = new FakePlanner(plans, bytes);
  let least = Number.POSITIVE_INFINITY;
  for (let set = 0; set < 2 ** bytes.length; set++) {
    const isThere = (position: number): boolean => ((set >> position) & 1) === 1;
    const size = bytes.reduce((sum, each, position) => (isThere(position) ? sum + each : sum), 0);
    if (size > storageBudget) continue;
    const cost = plans.reduce((sum, _, position) => sum + planner.best(`q${position}`, isThere).cost, 0);
    least = Math.min(least, cost);
  }
  return least;
}

const problems = fc
  .record({
    indexes: fc.integer({ min: 1, max: 8 }),
    queries: fc.integer({ min: 1, max: 5 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    percent: fc.integer({ min: 0, max: 110 }),
  })
  .map(({ indexes, queries, seed, percent }): Problem => {
    const random = seededRandom(seed);
    const bytes = Array.from({ length: indexes }, () => 1 + Math.floor(random() * 100));
    const plans = Array.from({ length: queries }, () => {
      const bare: Plan = { needs: [], cost: 100 + Math.floor(random() * 900) };
      const others = Array.from({ length: Math.floor(random() * 5) }, (): Plan => {
        const needs = new Set(
          Array.from({ length: 1 + Math.floor(random() * 2) }, () => Math.floor(random() * indexes)),
        );
        return { needs: [...needs], cost: 1 + Math.floor(random() * bare.cost) };
      });
      return [bare, ...others];
    });
    return { plans, bytes, storageBudget: (percent / 100) * bytes.reduce((sum, each) => sum + each, 0) };
  });

describe('selectIndexes', () => {
  it('never takes more storage than allowed, nor more indexes', () =>
    fc.assert(
      fc.asyncProperty(problems, fc.integer({ min: 0, max: 4 }), async (problem, maxIndexes) => {
        const { selection } = await solve({ ...problem, maxIndexes });
        const bytes = selection.chosen.reduce((sum, each) => sum + each.bytes, 0);
        expect(bytes).toBeLessThanOrEqual(problem.storageBudget);
        expect(selection.chosen.length).toBeLessThanOrEqual(maxIndexes);
      }),
    ));

  it('attains what is attainable where storage does not matter, with no index that nothing uses', () =>
    fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const unlimited = { ...problem, storageBudget: Number.POSITIVE_INFINITY };
        const { selection, cost } = await solve(unlimited);
        expect(cost).toBe(best(unlimited));
        for (const { saving } of selection.chosen) expect(saving).toBeGreaterThan(0);
      }),
    ));

  it('tells the costs that the planner gives for what it chose', () =>
    fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        const { selection, chosen, planner } = await solve(problem);
        for (const { query: each, before, after, floor } of selection.queries) {
          expect(after).toBe(planner.best(each.id, (position) => chosen.includes(position)).cost);
          expect(before).toBe(planner.best(each.id, () => false).cost);
          expect(floor).toBe(planner.best(each.id, () => true).cost);
        }
      }),
    ));

  it('comes close to the best of all choices under a budget', async () => {
    const sample = fc.sample(problems, { numRuns: 400, seed: 7 });
    let total = 0;
    let worst = 1;
    for (const problem of sample) {
      const ratio = (await solve(problem)).cost / best(problem);
      total += ratio;
      worst = Math.max(worst, ratio);
    }
    expect(total / sample.length).toBeLessThan(1.005);
    expect(worst).toBeLessThan(1.5);
  });

  it('takes two indexes that are of use together alone', async () => {
    const plans = [
      [
        { needs: [], cost: 1000 },
        { needs: [0, 1], cost: 10 },
      ],
    ];
    expect((await solve({ plans, bytes: [10, 10], storageBudget: 20 })).chosen).toEqual([0, 1]);
    expect((await solve({ plans, bytes: [10, 11], storageBudget: 20 })).chosen).toEqual([]);
  });

  it('gives a wide index up for one that others use too', async () => {
    const plans = [
      [
        { needs: [], cost: 1000 },
        { needs: [0], cost: 10 },
        { needs: [1], cost: 12 },
      ],
      [
        { needs: [], cost: 1000 },
        { needs: [1], cost: 10 },
      ],
    ];
    expect((await solve({ plans, bytes: [50, 20], storageBudget: 60 })).chosen).toEqual([1]);
  });

  it('leaves an index whose upkeep takes more than it saves', async () => {
    const plans = [
      [
        { needs: [], cost: 100 },
        { needs: [0], cost: 60 },
        { needs: [1], cost: 70 },
      ],
    ];
    const { chosen, selection } = await solve({
      plans,
      bytes: [1, 1],
      writeCosts: [50, 10],
      storageBudget: 9,
    });
    expect(chosen).toEqual([1]);
    expect(selection.givenUp).toMatchObject([{ because: 'small saving', loss: -30 }]);
  });

  it('leaves what saves too little', async () => {
    const plans = [
      [
        { needs: [], cost: 1000 },
        { needs: [0], cost: 995 },
      ],
    ];
    expect((await solve({ plans, bytes: [1], storageBudget: 9, minSaving: 0.01 })).chosen).toEqual([]);
    expect((await solve({ plans, bytes: [1], storageBudget: 9, minSaving: 0.001 })).chosen).toEqual([0]);
  });

  it('keeps to the calls that are allowed, and says that it could not finish', async () => {
    const [problem] = fc.sample(
      problems.filter(({ plans, bytes }) => plans.length === 5 && bytes.length >= 7),
      { numRuns: 1, seed: 3 },
    );
    if (!problem) throw new Error('no problem');
    const tight = { ...problem, storageBudget: 60, maxCalls: 6 };
    const { selection, planner } = await solve(tight);
    expect(planner.calls).toBeLessThanOrEqual(6);
    expect(selection.isCutShort).toBe(true);
    expect(selection.chosen.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(60);
  });
});
