import { formatDuration } from '@evenkeel/core';
import type { RepeatedQuery } from '../../queries/repeated-queries.ts';
import { count, type PlanFinding, percent, priorityOf } from '../plans/findings/plan-finding.ts';
import type { PlanChange, SeenPlan } from '../plans/plan-history.ts';
import { quoted, type Suggestion, suggest } from './suggestion.ts';
import type { SlowQueryReport, SuggestionSources } from './suggestion-sources.ts';

/* Runs of a plan before its mean says anything, and how much slower is slower. */
const ENOUGH_CALLS = 20;
const SLOWER = 1.5;
const MUCH_SLOWER = 3;
/* The planner's cost alone says less. */
const DEARER = 2;

/* Each run is a round trip: so many are felt wherever the database is. */
const MANY_RUNS = 100;

/* A statement that takes less of all the time is not what makes the application slow. */
const WORTH_A_LOOK = 0.05;

/** On queries: slow ones, repeated ones, what is wrong with their plans, and plans that got worse. */
export function querySuggestions(sources: SuggestionSources): Suggestion[] {
  const { slowQueries = [], repeatedQueries = [], plans = [], findings = [] } = sources;
  const explained = findings.flatMap(({ query, findings: of }) =>
    of.filter((finding) => !isAnswered(finding, query.id, sources)).map((finding) => ({ query, finding })),
  );
  const spokenOf = new Set([...helped(sources), ...explained.map(({ query }) => query.id)]);
  return [
    ...slowQueries.filter(({ id, share }) => share >= WORTH_A_LOOK && !spokenOf.has(id)).map(toLookAt),
    ...repeatedQueries.map(toJoin),
    ...explained.map(({ query, finding }) =>
      toMend(finding, query, slowQueries.find(({ id }) => id === query.id)?.share),
    ),
    ...latest(plans).flatMap((change) => toWatch(change) ?? []),
  ];
}

function toLookAt({ id, normalized, calls, meanMs, totalMs, share, p95Ms }: SlowQueryReport): Suggestion {
  return suggest(
    {
      id: `query:slow:${id}`,
      priority: priorityOf(share),
      message: `Look at the plan of ${quoted(normalized)}: it takes ${percent(share)} of the time of all queries, ${formatDuration(meanMs)} each of ${count(calls)} times.`,
      evidence: { text: normalized, calls, meanMs, p95Ms, totalMs, share },
    },
    share,
  );
}

function toJoin(repeated: RepeatedQuery): Suggestion {
  const { pattern, statementId, normalized, callSite, maxRuns, requests, totalMs } = repeated;
  const [place] = callSite;
  const instead =
    pattern === 'redundant'
      ? 'Ask once and keep the answer'
      : 'Fetch all rows at once, by = any($1) or a join,';
  return suggest(
    {
      id: `query:${pattern}:${statementId ?? normalized.slice(0, 80)}:${place ?? ''}`,
      priority: maxRuns >= MANY_RUNS ? 'high' : 'medium',
      message: `${instead} instead of running ${quoted(normalized)} up to ${count(maxRuns)} times in one request${place === undefined ? '' : `, at ${place}`}.`,
      evidence: { text: normalized, pattern, maxRuns, requests, totalMs, callSite },
    },
    totalMs,
  );
}

/** @param share of the time of all queries; undefined where it is not known, and then the plan's own priority goes */
function toMend(
  finding: PlanFinding,
  { id, text }: { id: string; text: string },
  share?: number,
): Suggestion {
  const worth = finding.share * (share ?? 0);
  const where = finding.table?.name ?? (finding.node === undefined ? '' : `node-${finding.node}`);
  return suggest(
    {
      id: `query:${finding.kind.replaceAll(' ', '-')}:${id}:${where}`,
      priority: share === undefined ? finding.priority : priorityOf(worth),
      message: `${finding.message} Seen in ${quoted(text)}.`,
      evidence: { text, kind: finding.kind, shareOfQuery: finding.share, ...finding.evidence },
    },
    worth,
  );
}

function toWatch({ query, text, at, before, after, isReturn }: PlanChange): Suggestion | undefined {
  const isTimed = before.calls >= ENOUGH_CALLS && after.calls >= ENOUGH_CALLS;
  const times = isTimed
    ? (after.meanMs ?? 0) / Math.max(before.meanMs ?? 0, Number.MIN_VALUE)
    : after.cost / Math.max(before.cost, Number.MIN_VALUE);
  if (times < (isTimed ? SLOWER : DEARER)) return undefined;
  const told = (plan: SeenPlan): string =>
    isTimed ? formatDuration(plan.meanMs ?? 0) : `a cost of ${count(plan.cost)}`;
  const again = isReturn ? ', as it was at times before' : '';
  return suggest(
    {
      id: `plan:worse:${query}`,
      priority: isTimed ? (times >= MUCH_SLOWER ? 'high' : 'medium') : 'low',
      message: `${text === undefined ? `Query ${query}` : quoted(text)} is planned in another way since ${new Date(at).toISOString()}${again}: ${told(after)} now, ${told(before)} before; look at what changed, statistics and indexes first.`,
      evidence: { query, text, at, before, after, isReturn },
    },
    times,
  );
}

/** The last change of each query: earlier ones are history. */
function latest(changes: readonly PlanChange[]): PlanChange[] {
  return [...new Map(changes.map((change) => [change.query, change])).values()];
}

/** Queries that an advised index helps. */
function helped({ advice }: SuggestionSources): string[] {
  return advice?.recommendations.flatMap(({ queries }) => queries.map(({ id }) => id)) ?? [];
}

/** Whether another suggestion says already what to do about a finding. */
function isAnswered(
  { kind, table, evidence }: PlanFinding,
  query: string,
  sources: SuggestionSources,
): boolean {
  if (!table) return false;
  const { advice, statistics = [] } = sources;
  if (kind === 'misestimate')
    return evidence.stale === true && statistics.some((stale) => stale.table === table.name);
  if (kind !== 'indexable scan' && kind !== 'repeated scan' && kind !== 'filtered index scan') return false;
  return (
    advice?.recommendations.some(
      ({ definition, queries }) => definition.table === table.name && queries.some(({ id }) => id === query),
    ) === true
  );
}
