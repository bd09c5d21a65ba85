import type { IndexKey } from '../../catalogue/catalogue.ts';
import type { Condition, JoinCondition, KeyTerm, Ordering, TableUsage } from '../usage/statement-usage.ts';
import { patternClassOf } from './columns.ts';
import { distinctOf, selectivityOf } from './selectivity.ts';

/** A key that an index might have, and what it is for. */
export interface KeyPart {
  readonly term: KeyTerm;
  readonly key: IndexKey;
  /** The share of the table's rows that it leaves. */
  readonly share: number;
  /** What it is for, in plain words. */
  readonly purpose: string;
  /** The {@link TableUsage.id} of the tables that give the value to look up. */
  readonly with: readonly number[];
}

/** Keys for conditions with one value or a few, the most selective first. */
export function equalityParts(usage: TableUsage): KeyPart[] {
  return [...localParts(usage, ['equality', 'null']), ...localParts(usage, ['list'])];
}

/** Keys for ranges, the most selective first. */
export function rangeParts(usage: TableUsage): KeyPart[] {
  return localParts(usage, ['range', 'prefix', 'not null']);
}

/** Keys to look up values of other tables by, the most selective first. */
export function joinParts({ table, joins }: TableUsage, kind: JoinCondition['kind']): KeyPart[] {
  return joins
    .filter((join) => join.kind === kind)
    .map((join) => ({
      term: join.term,
      key: keyOf(join.term),
      share: kind === 'equality' ? 1 / distinctOf(table, join.term) : RANGE_JOIN,
      purpose: kind === 'equality' ? 'join on' : 'range join on',
      with: join.with,
    }))
    .sort((one, other) => one.share - other.share);
}

/** The keys that give an order of rows, in the ways that it can be had. */
export function orderParts({ keys, inAnyOrder, purpose }: Ordering): KeyPart[][] {
  const part = ({ term, descending, nullsFirst }: Ordering['keys'][number]): KeyPart => ({
    term,
    key: {
      ...keyOf(term),
      ...(descending ? { descending } : {}),
      ...(nullsFirst === descending ? {} : { nulls: nullsFirst ? 'first' : 'last' }),
    },
    share: 1,
    purpose: WORDS[purpose],
    with: [],
  });
  // Read backwards, an index that descends everywhere is one that ascends.
  const isBackward = keys.every(({ descending, nullsFirst }) => descending && nullsFirst);
  const isExtreme = purpose === 'minimum' || purpose === 'maximum';
  const ascending = keys.map(({ term }) => part({ term, descending: false, nullsFirst: false }));
  const forward = isBackward || isExtreme ? ascending : keys.map(part);
  return inAnyOrder && forward.length === 2 ? [forward, forward.toReversed()] : [forward];
}

const RANGE_JOIN = 1 / 3;

const WORDS: Record<Ordering['purpose'], string> = {
  'order by': 'order by',
  'group by': 'group by',
  distinct: 'distinct',
  window: 'window over',
  minimum: 'minimum of',
  maximum: 'maximum of',
};

/** Conditions of these kinds by term. */
function localParts(usage: TableUsage, kinds: readonly Condition['kind'][]): KeyPart[] {
  const { table } = usage;
  const byTerm = new Map<string, KeyPart>();
  for (const condition of usage.conditions) {
    const { term, kind } = condition;
    if (term === undefined || !kinds.includes(kind) || isTrivial(usage, condition)) continue;
    const share = selectivityOf(table, condition);
    // Two bounds leave less than each alone.
    const known = byTerm.get(term.sql)?.share ?? 1;
    const operatorClass = kind === 'prefix' ? { operatorClass: patternClassOf(table, term) } : {};
    byTerm.set(term.sql, {
      term,
      key: { ...keyOf(term), ...operatorClass },
      share: known * share,
      purpose: kind === 'null' || kind === 'not null' ? `is ${kind} on` : `${kind} on`,
      with: [],
    });
  }
  return [...byTerm.values()].sort((one, other) => one.share - other.share);
}

/** A test for NULL of a column that has none says nothing. */
function isTrivial({ table }: TableUsage, { kind, term }: Condition): boolean {
  if (kind !== 'null' && kind !== 'not null') return false;
  return table.columns.some(({ name, notNull }) => name === term?.sql && notNull);
}

function keyOf({ kind, sql }: KeyTerm): IndexKey {
  return { kind, sql };
}
