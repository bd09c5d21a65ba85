import type { ColumnStatistics, Table } from '../../catalogue/catalogue.ts';
import type { Condition, KeyTerm } from '../usage/statement-usage.ts';

/* The planner's own guesses where it knows nothing (selfuncs.h): DEFAULT_INEQ_SEL, and DEFAULT_MATCH_SEL made milder. */
const RANGE = 1 / 3;
const PREFIX = 0.02;
const FILTER = 1 / 3;
/* Tables that were never analysed are taken for large ones. */
const UNKNOWN_ROWS = 100_000;
const UNKNOWN_DISTINCT_SHARE = 0.1;

export function rowsOf({ rows }: Table): number {
  return Math.max(1, rows ?? UNKNOWN_ROWS);
}

/** How many values a term has. */
export function distinctOf(table: Table, term: KeyTerm): number {
  const rows = rowsOf(table);
  const statistics = statisticsOf(table, term);
  if (statistics === undefined || statistics.distinct === 0)
    return Math.max(1, rows * UNKNOWN_DISTINCT_SHARE);
  const { distinct } = statistics;
  return Math.max(1, distinct < 0 ? -distinct * rows : distinct);
}

/** The share of a table's rows that a condition leaves. */
export function selectivityOf(table: Table, condition: Condition): number {
  const { kind, term, values, operator } = condition;
  if (term === undefined) return FILTER;
  const statistics = statisticsOf(table, term);
  switch (kind) {
    case 'equality':
      return shareOf(table, term, values[0]);
    case 'list':
      return Math.min(
        1,
        (values.length > 0 ? values : [undefined]).reduce(
          (sum, value) => sum + shareOf(table, term, value),
          0,
        ),
      );
    case 'null':
      return statistics?.nullFraction ?? PREFIX;
    case 'not null':
      return 1 - (statistics?.nullFraction ?? 0);
    case 'prefix':
    case 'pattern':
    case 'containment':
    case 'text search':
      return PREFIX;
    case 'range':
      return RANGE;
    case 'filter':
      return operator === '<>' && values.length === 1 ? 1 - shareOf(table, term, values[0]) : FILTER;
  }
}

/** What is known of a column; of an expression nothing is. */
export function statisticsOf(table: Table, term: KeyTerm): ColumnStatistics | undefined {
  if (term.kind !== 'column') return undefined;
  return table.columns.find(({ name }) => name === term.sql)?.statistics;
}

/** The share of the rows that have one value, or that one value has in the mean. */
function shareOf(table: Table, term: KeyTerm, value: string | undefined): number {
  const distinct = distinctOf(table, term);
  const statistics = statisticsOf(table, term);
  if (value === undefined || statistics === undefined) return 1 / distinct;
  const common = statistics.common.find((entry) => entry.value === value);
  if (common) return common.frequency;
  const rest = statistics.common.reduce((sum, { frequency }) => sum + frequency, statistics.nullFraction);
  return Math.max(0, 1 - rest) / Math.max(1, distinct - statistics.common.length);
}
