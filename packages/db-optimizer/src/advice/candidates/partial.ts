import type { Condition, TableUsage } from '../usage/statement-usage.ts';
import { distinctOf, rowsOf, selectivityOf, statisticsOf } from './selectivity.ts';

/** The predicate of a partial index, and what of the usage is left to find with its keys. */
export interface PartialUsage {
  readonly where: string;
  /** Why, in plain words. */
  readonly reason: string;
  /** The share of the table that the index holds. */
  readonly share: number;
  /** The usage without the conditions that the predicate answers. */
  readonly rest: TableUsage;
}

/* A partial index that holds more than this is hardly smaller than a whole one. */
const MAX_SHARE = 0.5;
/* Constants of columns with more values than this are taken for parameters that were written out. */
const MAX_VALUES = 12;
/* Below this many rows there is nothing to save. */
const MIN_ROWS = 1000;
const MAX_CONDITIONS = 2;

/**
 * The usage by way of a partial index: for conditions that are likely to be the same each time, as `is null`, the
 * values of an enumeration, or columns compared with each other. A parameter is never among them.
 */
export function partialUsageOf(usage: TableUsage): PartialUsage | undefined {
  const { table, conditions } = usage;
  if (rowsOf(table) < MIN_ROWS) return undefined;
  const steady = conditions
    .filter((condition) => isSteady(usage, condition))
    .map((condition) => ({ condition, share: selectivityOf(table, condition) }))
    .sort((one, other) => one.share - other.share)
    .slice(0, MAX_CONDITIONS);
  const share = steady.reduce((product, each) => product * each.share, 1);
  if (steady.length === 0 || share > MAX_SHARE) return undefined;
  const answered = new Set(steady.map(({ condition }) => condition));
  const where = steady.map(({ condition }) => condition.predicate ?? '').join(' AND ');
  const left = conditions.filter((condition) => !answered.has(condition));
  return { where, share, rest: { ...usage, conditions: left }, reason: `only where ${where}` };
}

/** Whether the condition is likely to be there with these very constants whenever the statement runs. */
function isSteady(usage: TableUsage, { kind, term, predicate, values }: Condition): boolean {
  if (predicate === undefined) return false;
  const { table } = usage;
  switch (kind) {
    case 'null':
    case 'not null':
      return term !== undefined && statisticsOf(table, term) !== undefined;
    case 'equality':
    case 'list':
      return (
        term !== undefined &&
        values.length > 0 &&
        statisticsOf(table, term) !== undefined &&
        distinctOf(table, term) <= MAX_VALUES &&
        !isReference(usage, term.sql)
      );
    case 'filter':
      // `a < b` holds no constant; `a <> 'x'` and the like leave too much.
      return term === undefined && !/'|\d/.test(predicate);
    default:
      return false;
  }
}

/** The values of a foreign key mean rows of another table: they come and go. */
function isReference({ table, joins }: TableUsage, column: string): boolean {
  return (
    joins.some(({ term }) => term.sql === column) ||
    table.foreignKeys.some(({ columns }) => columns.includes(column))
  );
}
