import type { IndexDefinition, IndexKey } from '../../catalogue/catalogue.ts';
import type { TableUsage } from '../usage/statement-usage.ts';
import type { Candidate } from './candidate.ts';
import { includedColumns } from './columns.ts';
import type { JoinReach } from './join-reach.ts';
import { alternativeKeyLists, type KeyList, keyListsOf } from './key-lists.ts';
import { partialUsageOf } from './partial.ts';
import { rowsOf } from './selectivity.ts';

/** A candidate with how promising it is: only the order matters. */
export interface Idea extends Candidate {
  readonly promise: number;
}

/* A rank against the one before, and a table's size against another's: chosen so that a bounded number comes closest to
 * all of them on decision-support workloads. Small tables count for much: they are the look-ups in long joins. */
const RANK = 0.4;
const SIZE = 0.25;

/** All indexes that could serve a table in one place of a statement, the most promising first. */
export function ideasFor(usage: TableUsage, width: number, reach: JoinReach): Idea[] {
  const ideas = keyListsOf(usage, width, (term) => reach.of(usage, term)).flatMap((list) => {
    const include = usage.needsRow ? undefined : includedColumns(usage.table, usage.columns, list.terms);
    if (!include) return [ideaOf(usage, list, [], list.rank)];
    // What need not look into the table is faster by far; what takes less room is the choice where room is short.
    return [ideaOf(usage, list, include, list.rank), ideaOf(usage, list, [], list.rank + 1)];
  });
  // A bitmap always looks into the table, so that nothing need be carried.
  for (const list of alternativeKeyLists(usage, width)) ideas.push(ideaOf(usage, list, [], list.rank));
  ideas.push(...partialIdeas(usage, width, reach));
  ideas.sort((one, other) => other.promise - one.promise);
  return withoutLikes(ideas);
}

/** The best key lists once more, in an index of only some rows. */
function partialIdeas(usage: TableUsage, width: number, reach: JoinReach): Idea[] {
  const partial = partialUsageOf(usage);
  if (!partial) return [];
  const { rest, where, share, reason } = partial;
  const lists = keyListsOf(rest, width, (term) => reach.of(rest, term));
  // With no condition left, the index is small itself: any key will do.
  const best =
    lists.length > 0 ? lists.filter(({ rank }) => rank < 1) : keyListsOf(usage, 1, () => 1).slice(0, 1);
  return best.flatMap((list): Idea[] => {
    const include = usage.needsRow ? undefined : includedColumns(usage.table, usage.columns, list.terms);
    const partialList = { ...list, share: list.share * share, reason: `${list.reason}; ${reason}` };
    return (include ? [include, []] : [[]]).map((columns, at) => {
      const idea = ideaOf(usage, partialList, columns, list.rank + 1 + at);
      return { ...idea, index: { ...idea.index, where } };
    });
  });
}

/**
 * Of several that begin alike and hold the same columns the most promising, or one that goes on where its keys end:
 * the others are read as fast or slower.
 */
function withoutLikes(ideas: readonly Idea[]): Idea[] {
  const kept = new Map<string, Idea>();
  for (const idea of ideas) {
    const { keys, include, where = '' } = idea.index;
    const [first, ...rest] = keys.map((key) => JSON.stringify(key));
    const columns = [...rest, ...include.map((sql) => JSON.stringify({ kind: 'column', sql }))].sort();
    const shape = `${first} ${columns.join()} ${where}`;
    const known = kept.get(shape);
    if (!known) kept.set(shape, idea);
    else if (goesOn(keys, known.index.keys)) kept.set(shape, { ...idea, promise: known.promise });
  }
  return [...kept.values()];
}

function goesOn(longer: readonly IndexKey[], keys: readonly IndexKey[]): boolean {
  return (
    longer.length > keys.length && keys.every((key, at) => JSON.stringify(key) === JSON.stringify(longer[at]))
  );
}

function ideaOf(usage: TableUsage, list: KeyList, include: readonly string[], rank: number): Idea {
  const { table } = usage;
  const index: IndexDefinition = {
    schema: table.schema,
    table: table.name,
    method: 'btree',
    keys: list.keys,
    include,
    where: undefined,
  };
  const carries = include.length === 0 ? '' : `; carries ${include.join(', ')}`;
  const size = (table.pages + rowsOf(table) * 0.01) ** SIZE;
  return { index, reason: `${list.reason}${carries}`, promise: size * RANK ** rank * (1 - 0.9 * list.share) };
}
