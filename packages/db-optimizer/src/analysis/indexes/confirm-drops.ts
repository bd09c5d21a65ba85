import type { ExplainableQuery } from '../../advice/workload.ts';
import { PlanError } from '../../what-if/plan-error.ts';
import type { WhatIf } from '../../what-if/what-if.ts';
import type { IndexFinding } from './index-finding.ts';

/* Plans of equal worth differ by a few units of cost. */
const TOLERANCE = 1.02;

/* Dozens of indexes times hundreds of queries would keep the planner busy for minutes. */
const MAX_CALLS = 2000;

/**
 * Asks the planner what the queries of a workload would cost without each index that is said to be superfluous. Where
 * one gets dearer, the script is taken back and the query named; where none does, the confidence rises. The findings
 * come back in their order; those that cannot be looked at this way, with a caveat.
 *
 * @param whatIf nobody else's meanwhile
 */
export async function confirmDrops(
  findings: readonly IndexFinding[],
  {
    whatIf,
    queries,
  }: {
    readonly whatIf: Pick<WhatIf, 'method' | 'cost' | 'costWithout'>;
    readonly queries: readonly ExplainableQuery[];
  },
): Promise<IndexFinding[]> {
  const costs = new Map<string, number>();
  let calls = 0;
  for (const query of queries) {
    if (calls >= MAX_CALLS) break;
    calls += query.variants.length;
    const planned = await unlessRefused(whatIf.cost(query, []));
    if (planned !== 'refused') costs.set(query.id, planned.cost);
  }
  const confirmed: IndexFinding[] = [];
  for (const finding of findings) {
    // An invalid index is in no plan.
    if (finding.kind === 'invalid' || costs.size === 0) {
      confirmed.push(finding);
      continue;
    }
    let looked = 0;
    let worst: { query: string; ratio: number } | undefined;
    let isHidden = true;
    for (const query of queries) {
      const before = costs.get(query.id);
      if (before === undefined || !isHidden || calls >= MAX_CALLS) continue;
      calls += query.variants.length;
      const { schema, name } = finding.index;
      const answer = await unlessRefused(whatIf.costWithout(query, { schema, name }));
      if (answer === 'refused') continue;
      isHidden = answer !== undefined;
      if (!answer) continue;
      looked += 1;
      const ratio = before > 0 ? answer.cost / before : 1;
      if (ratio > (worst?.ratio ?? 0)) worst = { query: query.id, ratio };
    }
    confirmed.push(judge(finding, whatIf.method, looked, costs.size, worst));
  }
  return confirmed;
}

function judge(
  finding: IndexFinding,
  method: string,
  looked: number,
  all: number,
  worst: { query: string; ratio: number } | undefined,
): IndexFinding {
  if (!worst)
    return {
      ...finding,
      caveats: [
        ...finding.caveats,
        `What the queries cost without it was not seen: ${method} cannot hide an index.`,
      ],
    };
  const evidence = {
    ...finding.evidence,
    verifiedBy: method,
    queriesCosted: looked,
    worstRatio: worst.ratio,
  };
  if (worst.ratio > TOLERANCE)
    return {
      ...finding,
      confidence: 'low',
      caveats: [
        ...finding.caveats,
        `Without it the query ${worst.query} costs ${worst.ratio.toFixed(2)} times as much.`,
      ],
      evidence: { ...evidence, dearerQuery: worst.query },
      script: undefined,
    };
  const isComplete = looked === all;
  return {
    ...finding,
    // That nobody asked for long enough is not for the planner to say.
    confidence: finding.kind !== 'unused' && isComplete ? 'high' : finding.confidence,
    caveats: isComplete
      ? finding.caveats
      : [...finding.caveats, `${looked} of ${all} queries were costed without it.`],
    evidence,
  };
}

/** What the planner refuses is left out. */
async function unlessRefused<T>(planned: Promise<T>): Promise<T | 'refused'> {
  try {
    return await planned;
  } catch (error) {
    if (error instanceof PlanError) return 'refused';
    throw error;
  }
}
