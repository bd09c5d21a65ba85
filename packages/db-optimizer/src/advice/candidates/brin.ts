import type { TableUsage } from '../usage/statement-usage.ts';
import type { Candidate } from './candidate.ts';
import { columnOf } from './columns.ts';
import { rangeParts } from './key-parts.ts';

/* BRIN pays where neighbouring pages hold neighbouring values, and there are many of them. */
const MIN_CORRELATION = 0.9;
const MIN_BRIN_PAGES = 1024;

/** BRIN indexes for ranges over values that lie in physical order: next to no bytes, for large tables only. */
export function brinIndexesFor(usage: TableUsage): Candidate[] {
  const { table } = usage;
  if (table.pages < MIN_BRIN_PAGES) return [];
  return rangeParts(usage).flatMap(({ term, key }): Candidate[] => {
    const correlation = columnOf(table, term.sql)?.statistics?.correlation ?? 0;
    if (term.kind !== 'column' || Math.abs(correlation) < MIN_CORRELATION) return [];
    if (key.operatorClass !== undefined) return [];
    const index = {
      schema: table.schema,
      table: table.name,
      method: 'brin',
      keys: [key],
      include: [],
      where: undefined,
    };
    return [{ index, reason: `range on ${term.sql}, whose values lie in physical order` }];
  });
}
