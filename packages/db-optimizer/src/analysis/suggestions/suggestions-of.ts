import type { Priority, Recommendation } from '@evenkeel/core';
import { priorityOf } from '../plans/findings/plan-finding.ts';
import type { StaleStatistics } from '../statistics/stale-statistics.ts';
import { indexSuggestions } from './index-suggestions.ts';
import { querySuggestions } from './query-suggestions.ts';
import { type Suggestion, suggest } from './suggestion.ts';
import type { SuggestionSources } from './suggestion-sources.ts';

const ORDER: readonly Priority[] = ['critical', 'high', 'medium', 'low'];

/* Nobody reads more, and the first ones are the ones that matter. */
const MAX_SUGGESTIONS = 100;

/**
 * All there is to suggest, in plain words with the evidence, the most urgent first, at most 100. What one suggestion
 * answers is not told again by another: a scan that an advised index spares, a misestimate of stale statistics. The id
 * of a suggestion stays the same for as long as there is reason for it.
 */
export function suggestionsOf(sources: SuggestionSources): Recommendation[] {
  const suggestions = [
    ...indexSuggestions(sources),
    ...(sources.statistics ?? []).map(toAnalyze),
    ...querySuggestions(sources),
    ...(sources.pool ?? []).map((recommendation) => ({ recommendation, worth: 0 })),
    ...missingRights(sources.missing ?? []),
  ];
  const unique = new Map<string, Suggestion>();
  for (const suggestion of suggestions) {
    const known = unique.get(suggestion.recommendation.id);
    if (!known || compare(suggestion, known) < 0) unique.set(suggestion.recommendation.id, suggestion);
  }
  return [...unique.values()]
    .sort(compare)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ recommendation }) => recommendation);
}

function compare(a: Suggestion, b: Suggestion): number {
  const byPriority = ORDER.indexOf(a.recommendation.priority) - ORDER.indexOf(b.recommendation.priority);
  return byPriority || b.worth - a.worth || (a.recommendation.id < b.recommendation.id ? -1 : 1);
}

function toAnalyze({ schema, table, reason, message, sql, ...evidence }: StaleStatistics): Suggestion {
  const { changedShare } = evidence;
  const priority = reason === 'many changes' ? priorityOf(changedShare ?? 0) : 'medium';
  return suggest(
    {
      id: `statistics:${schema}.${table}`,
      // Wrong plans follow from it, but not always slow ones.
      priority: priority === 'high' ? 'medium' : priority,
      message: `Run ANALYZE on ${schema}.${table}. ${message}`,
      evidence: { reason, sql, ...evidence },
    },
    evidence.changedRows,
  );
}

function missingRights(missing: readonly string[]): Suggestion[] {
  if (missing.length === 0) return [];
  const message = `Some of the database could not be read, so advice on it is missing: ${missing[0]}${missing.length > 1 ? `, and ${missing.length - 1} more` : ''}.`;
  return [suggest({ id: 'missing-rights', priority: 'low', message, evidence: { missing } }, 0)];
}
