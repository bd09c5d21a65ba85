import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Session } from '../../session/session.ts';
import { explainQuery, type StatementReader } from './explain-query.ts';
import type { Plan } from './plan.ts';
import { planFingerprint } from './plan-fingerprint.ts';

/** How a named statement is planned from its sixth run on, beside how it is planned for the values it gets. */
export interface GenericPlanComparison {
  readonly generic: Plan;
  /** One for each sample. */
  readonly custom: readonly Plan[];
  /** Which of them PostgreSQL goes on with, by its own rule. */
  readonly chosen: 'generic' | 'custom';
  /** Samples whose own plan has another shape than the generic one. */
  readonly different: number;
  /** Partial indexes that samples use and the generic plan cannot: without the value, nobody knows if they apply. */
  readonly lostPartialIndexes: readonly string[];
  /** In plain words. */
  readonly message: string;
}

/* plancache.c: what planning once more is charged, by relation; cpu_operator_cost by default. */
const PLANNING_OPERATORS = 1000;
const CPU_OPERATOR_COST = 0.0025;

/**
 * Compares the generic plan of a statement with those for samples of its values. After five runs of a named statement
 * PostgreSQL keeps the generic plan, if it costs less than the others did in the mean, planning included
 * (`choose_custom_plan` in plancache.c).
 *
 * @param session in a READ ONLY transaction, as `inspect` gives it
 * @throws as `explainQuery`
 */
export async function compareGenericPlan(
  session: Session,
  text: string,
  {
    parser,
    samples,
    catalogue,
  }: {
    readonly parser: StatementReader;
    readonly samples: readonly (readonly unknown[])[];
    readonly catalogue?: Catalogue;
  },
): Promise<GenericPlanComparison> {
  const generic = await explainQuery(session, text, { parser });
  const custom: Plan[] = [];
  for (const values of samples) custom.push(await explainQuery(session, text, { parser, values }));
  const operatorCost = Number(catalogue?.settings.get('cpu_operator_cost') ?? CPU_OPERATOR_COST);
  const planning = PLANNING_OPERATORS * operatorCost * (relationsOf(generic) + 1);
  const mean =
    custom.reduce((sum, { root }) => sum + root.cost.total + planning, 0) / Math.max(1, custom.length);
  const chosen = custom.length > 0 && generic.root.cost.total < mean ? 'generic' : 'custom';
  const fingerprint = planFingerprint(generic, catalogue);
  const different = custom.filter((plan) => planFingerprint(plan, catalogue) !== fingerprint).length;
  const lostPartialIndexes = lostPartial(generic, custom, catalogue);
  return {
    generic,
    custom,
    chosen,
    different,
    lostPartialIndexes,
    message: describe({ chosen, different, lostPartialIndexes, custom }),
  };
}

function describe({
  chosen,
  different,
  lostPartialIndexes,
  custom,
}: Pick<GenericPlanComparison, 'chosen' | 'different' | 'lostPartialIndexes' | 'custom'>): string {
  if (different === 0) return 'A named statement keeps the plan that its values have.';
  const of = `${different} of ${custom.length} samples are planned otherwise by their values`;
  const lost =
    lostPartialIndexes.length > 0 ? `, with the partial index ${lostPartialIndexes.join(', ')}` : '';
  return chosen === 'generic'
    ? `After five runs of a named statement PostgreSQL keeps the generic plan, though ${of}${lost}: set plan_cache_mode = force_custom_plan for it, or leave it unnamed.`
    : `${of}${lost}; PostgreSQL goes on planning it each time, as the generic plan is dearer.`;
}

function relationsOf({ nodes }: Plan): number {
  return new Set(nodes.flatMap(({ alias }) => alias ?? [])).size;
}

function lostPartial(generic: Plan, custom: readonly Plan[], catalogue?: Catalogue): string[] {
  const kept = new Set(generic.nodes.map(({ index }) => index));
  const used = new Set(custom.flatMap(({ nodes }) => nodes.flatMap(({ index }) => index ?? [])));
  const partial = new Set(
    catalogue?.tables.flatMap(({ indexes }) =>
      indexes.filter(({ where }) => where !== undefined).map(({ name }) => name),
    ),
  );
  return [...used].filter((name) => !kept.has(name) && partial.has(name));
}
