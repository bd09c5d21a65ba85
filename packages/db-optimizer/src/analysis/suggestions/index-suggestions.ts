import { formatBytes, type Priority } from '@evenkeel/core';
import type { IndexRecommendation } from '../../advice/recommendation.ts';
import type { IndexDefinition } from '../../catalogue/catalogue.ts';
import type { IndexAnalysis } from '../indexes/analyze-indexes.ts';
import type { IndexFinding, MissingForeignKeyIndex } from '../indexes/index-finding.ts';
import type { WriteBurden } from '../indexes/write-burden.ts';
import { count, percent, priorityOf } from '../plans/findings/plan-finding.ts';
import { type Suggestion, suggest } from './suggestion.ts';
import type { SuggestionSources } from './suggestion-sources.ts';

const MEGABYTE = 1024 ** 2;
const GIGABYTE = 1024 ** 3;

/* So much is worth the trouble of a drop by itself. */
const MUCH_SPACE = 100 * MEGABYTE;

/** On indexes to make, to drop, and to mend. */
export function indexSuggestions({ advice, indexes }: SuggestionSources): Suggestion[] {
  const advised = advice?.recommendations ?? [];
  const suggestions = advised.map(toMake);
  if (!indexes) return suggestions;
  for (const missing of indexes.missing) {
    if (!advised.some(({ definition }) => serves(definition, missing.definition)))
      suggestions.push(toSupport(missing));
  }
  for (const finding of findingsOf(indexes)) {
    // What is not proven enough for a script is to be looked up, not to be pushed.
    if (finding.script !== undefined || finding.kind === 'invalid') suggestions.push(toDrop(finding));
  }
  for (const burden of indexes.burdened) suggestions.push(toLighten(burden));
  return suggestions;
}

function toMake(recommendation: IndexRecommendation): Suggestion {
  const {
    id,
    name,
    definition,
    reason,
    queries,
    share,
    bytes,
    writes,
    confidence,
    sql,
    caveats,
    verifiedBy,
  } = recommendation;
  const before = queries.reduce((sum, { costBefore, calls }) => sum + costBefore * calls, 0);
  const after = queries.reduce((sum, { costAfter, calls }) => sum + costAfter * calls, 0);
  const falls = before > 0 ? `, whose cost falls by ${percent(1 - after / before)}` : '';
  const priority = priorityOf(share);
  return suggest(
    {
      id: `index:make:${id}`,
      priority: confidence === 'low' && priority === 'high' ? 'medium' : priority,
      message: `Make the index ${name} on ${definition.schema}.${definition.table} (${reason}): it helps ${queries.length} ${queries.length === 1 ? 'query' : 'queries'}${falls}, and takes ${formatBytes(bytes)} and ${count(writes.walBytesPerInsert)} bytes of WAL for each inserted row.`,
      evidence: { sql, share, bytes, writes, confidence, caveats, verifiedBy, queries },
    },
    share,
  );
}

function toSupport({
  id,
  definition,
  message,
  caveats,
  evidence,
  foreignKeys,
}: MissingForeignKeyIndex): Suggestion {
  const read = Number(evidence.referencedDeletes) * Number(evidence.bytes);
  const columns = definition.keys.map(({ sql }) => sql).join(', ');
  return suggest(
    {
      id: `index:${id}`,
      priority: read >= 100 * GIGABYTE ? 'high' : read > 0 ? 'medium' : 'low',
      message: `${message} Make one on ${definition.schema}.${definition.table} (${columns}).`,
      evidence: { ...evidence, foreignKeys, definition, caveats },
    },
    read,
  );
}

function toDrop({ id, kind, message, caveats, evidence, confidence, script }: IndexFinding): Suggestion {
  const bytes = Number(evidence.bytes);
  return suggest(
    {
      id: `index:${id}`,
      priority: kind === 'invalid' || bytes >= MUCH_SPACE ? 'medium' : 'low',
      message: kind === 'invalid' ? message : `${message} Consider to drop it.`,
      evidence: { ...evidence, confidence, caveats, ...(script !== undefined && { script }) },
    },
    bytes,
  );
}

function toLighten({ id, message, evidence }: WriteBurden): Suggestion {
  const bytes = Number(evidence.indexWalBytes);
  const priority: Priority = bytes >= GIGABYTE ? 'medium' : 'low';
  return suggest({ id: `index:${id}`, priority, message, evidence }, bytes);
}

function findingsOf({ invalid, duplicate, covered, unused }: IndexAnalysis): IndexFinding[] {
  return [...invalid, ...duplicate, ...covered, ...unused];
}

/** Whether an index that is advised anyway finds the rows of a foreign key. */
function serves(advised: IndexDefinition, needed: IndexDefinition): boolean {
  if (advised.schema !== needed.schema || advised.table !== needed.table) return false;
  if (advised.method !== 'btree' || advised.where !== undefined) return false;
  const first = new Set(advised.keys.slice(0, needed.keys.length).map(({ sql }) => sql));
  return needed.keys.every(({ sql }) => first.has(sql));
}
