import type { Queryable } from '@evenkeel/core';
import { loadModule, parseSync } from 'libpg-query';
import type { NamedQuery } from '../workload/workload.ts';
import { indexKey, plainIndexSql, readColumns, readIndexedColumns } from './columns.ts';
import { PlainHypoPg, type QueryPlans } from './plain-hypopg.ts';

/** A hypothetical index it thinks of, by the name HypoPG gave it. */
interface Thought {
  readonly table: string;
  readonly columns: readonly string[];
}

/* Queries below this cost are not looked at, and costs below it not bettered with two columns. */
const HIGH_COST = 100;

/**
 * What dexter would make of a workload, by its rules: it plans each query with hypothetical indexes on all single
 * columns that any query names, then with all ordered pairs of them too; takes the indexes of the plan where that saves
 * enough of the cost, or, where there are several, the one that saves most alone, if that is enough; and leaves out
 * what is the beginning of another.
 *
 * @param minSaving share of a query's cost that has to be saved: 0.5 as it comes
 */
export async function dexterAdvice(
  database: Queryable,
  queries: readonly NamedQuery[],
  minSaving: number,
): Promise<string[]> {
  const hypothetical = new PlainHypoPg(database);
  const existing = coveredBeginnings(await readIndexedColumns(database));
  const [singles, pairs] = await thoughtsOf(database, queries);
  const before = await plansOf(hypothetical, queries);
  const advised = new Map<string, Thought>();

  const [single, paired, names] = await hypothetical.with(singles.map(sqlOf), async (singleNames) => {
    const planned = await plansOf(hypothetical, queries);
    return await hypothetical.with(pairs.map(sqlOf), async (pairNames) => {
      const byName = new Map<string, Thought>();
      for (const each of singles) byName.set(singleNames.get(sqlOf(each)) ?? '', each);
      for (const each of pairs) byName.set(pairNames.get(sqlOf(each)) ?? '', each);
      return [planned, await plansOf(hypothetical, queries), byName] as const;
    });
  });

  const usedIn = (plans: QueryPlans | undefined): Thought[] =>
    [...names].flatMap(([name, each]) =>
      !existing.has(indexKey(each.table, each.columns)) &&
      plans?.plans.some((plan) => plan.includes(`"${name}"`))
        ? [each]
        : [],
    );

  for (const query of queries) {
    const cost = before.get(query)?.cost ?? 0;
    if (cost < HIGH_COST) continue;
    const oneColumn = single.get(query);
    const twoColumns = paired.get(query);
    const costOfOne = oneColumn?.cost ?? cost;
    const costOfTwo = twoColumns?.cost ?? cost;
    const kept = 1 - minSaving;
    let isPaired = costOfOne > HIGH_COST && costOfTwo < costOfOne * kept;
    const isSingle = costOfOne < cost * kept;
    let found = usedIn(isPaired ? twoColumns : oneColumn);
    // Several indexes of pairs are taken for a chance: single columns then.
    if (isPaired && found.length > 1) {
      found = usedIn(oneColumn);
      isPaired = false;
    }
    if (!isSingle && !isPaired) continue;
    if (found.length > 1) {
      let best: { each: Thought; cost: number } | undefined;
      for (const each of found) {
        const alone = await hypothetical.with([sqlOf(each)], () => hypothetical.explainQuery(query));
        if (!best || alone.cost < best.cost) best = { each, cost: alone.cost };
      }
      found = best && best.cost < cost * kept ? [best.each] : [];
    }
    for (const each of found) advised.set(sqlOf(each), each);
  }
  const all = [...advised.values()];
  return all.filter((each) => !all.some((other) => isBeginning(each, other))).map(sqlOf);
}

/** All single columns the queries name, and all ordered pairs of those of a table, as statements. */
export async function namedColumnIndexes(
  database: Queryable,
  queries: readonly NamedQuery[],
): Promise<string[]> {
  return (await thoughtsOf(database, queries)).flat().map(sqlOf);
}

async function thoughtsOf(
  database: Queryable,
  queries: readonly NamedQuery[],
): Promise<[singles: Thought[], pairs: Thought[]]> {
  await loadModule();
  const tables = new Set<string>();
  const columns = new Set<string>();
  for (const { text } of queries) collectNames(parseSync(text), tables, columns);
  const named = (await readColumns(database)).filter(
    ({ table, column, type }) => tables.has(table) && columns.has(column) && !/^jsonb?$|^point$/.test(type),
  );
  const pairs = named.flatMap(({ table, column }) =>
    named
      .filter((other) => other.table === table && other.column !== column)
      .map((other) => ({ table, columns: [column, other.column] })),
  );
  return [named.map(({ table, column }) => ({ table, columns: [column] })), pairs];
}

/** Walks a tree for the tables it names, and for the last name of each column reference. */
function collectNames(node: unknown, tables: Set<string>, columns: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'RangeVar') tables.add(value.relname);
    if (key === 'ColumnRef') {
      const last = value.fields?.at(-1)?.String?.sval;
      if (typeof last === 'string') columns.add(last);
    }
    collectNames(value, tables, columns);
  }
}

async function plansOf(
  hypothetical: PlainHypoPg,
  queries: readonly NamedQuery[],
): Promise<Map<NamedQuery, QueryPlans>> {
  const plans = new Map<NamedQuery, QueryPlans>();
  for (const query of queries) plans.set(query, await hypothetical.explainQuery(query));
  return plans;
}

/** The first column and the first two columns of the indexes there are: what they serve already. */
function coveredBeginnings(existing: ReadonlySet<string>): Set<string> {
  const covered = new Set<string>();
  for (const key of existing) {
    const [, table = '', list = ''] = /^(.*)\((.*)\)$/.exec(key) ?? [];
    const columns = list.split(',');
    covered.add(indexKey(table, columns.slice(0, 1)));
    covered.add(indexKey(table, columns.slice(0, 2)));
  }
  return covered;
}

function isBeginning(shorter: Thought, longer: Thought): boolean {
  return (
    shorter.table === longer.table &&
    shorter.columns.length < longer.columns.length &&
    shorter.columns.every((column, at) => longer.columns[at] === column)
  );
}

function sqlOf({ table, columns }: Thought): string {
  return plainIndexSql(table, columns);
}
