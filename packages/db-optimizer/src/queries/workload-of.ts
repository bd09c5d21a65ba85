import type { WorkloadQuery } from '../advice/workload.ts';
import type { StatementKind } from '../sql/statement.ts';
import type { StatementGroup } from './statement-group.ts';

/* What the planner plans. */
const PLANNED: ReadonlySet<StatementKind> = new Set(['select', 'insert', 'update', 'delete', 'merge']);

/** What was seen, as the advisor takes it: each text that was kept of a group, with its share of the group's calls. */
export function workloadOf(groups: Iterable<StatementGroup>): WorkloadQuery[] {
  return [...groups].flatMap((group) => (isPlanned(group) ? queriesOf(group) : []));
}

function isPlanned({ identity, statistics }: StatementGroup): boolean {
  return identity.isRead && PLANNED.has(identity.kind) && statistics.calls > statistics.errors;
}

function queriesOf({ identity, statistics, samples }: StatementGroup): WorkloadQuery[] {
  const calls = statistics.calls - statistics.errors;
  const rows = statistics.meanRows === undefined ? {} : { rows: statistics.meanRows };
  const byText = new Map<string, (readonly unknown[])[]>();
  for (const { text, params } of samples.kept) byText.set(text, [...(byText.get(text) ?? []), params]);
  if (byText.size === 0) return [{ text: identity.normalized, calls, ...rows }];
  return [...byText].map(([text, values]) => {
    const withValues = values.filter((each) => each.length > 0);
    return {
      text,
      calls: (calls * values.length) / samples.kept.length,
      ...(withValues.length > 0 ? { samples: withValues } : {}),
      ...rows,
    };
  });
}
