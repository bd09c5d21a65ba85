import type { Column, Table } from '../catalogue/catalogue.ts';
import { distinctOf } from './distinct-values.ts';

/* As the planner takes a comparison it knows nothing of (DEFAULT_INEQ_SEL). */
const UNKNOWN_SHARE = 1 / 3;

/**
 * The share of a table's rows that a partial index holds, by its predicate: comparisons with constants, as if they were
 * independent of each other.
 */
export function shareOf(where: string | undefined, table: Table): number {
  if (where === undefined) return 1;
  const condition = withoutParentheses(where);
  const either = split(condition, 'or');
  if (either.length > 1) {
    return 1 - either.reduce((share, each) => share * (1 - shareOf(each, table)), 1);
  }
  const all = split(condition, 'and');
  if (all.length > 1) return all.reduce((share, each) => share * shareOf(each, table), 1);
  return shareOfTerm(condition, table);
}

/** The columns that a predicate leaves one value of. */
export function pinnedColumns(where: string | undefined, table: Table): ReadonlySet<string> {
  if (where === undefined) return new Set();
  const condition = withoutParentheses(where);
  if (split(condition, 'or').length > 1) return new Set();
  const all = split(condition, 'and');
  if (all.length > 1) return new Set(all.flatMap((each) => [...pinnedColumns(each, table)]));
  const { column, operator } = readTerm(condition, table);
  return new Set(column && PINNING.has(operator) ? [column.name] : []);
}

const PINNING = new Set(['=', 'is null', 'true', 'false']);

interface Term {
  readonly column: Column | undefined;
  readonly operator: string;
  /** Constants it is compared with, as text. */
  readonly values: readonly string[];
}

function shareOfTerm(term: string, table: Table): number {
  const { column, operator, values } = readTerm(term, table);
  const statistics = column?.statistics;
  if (!column || !statistics) return UNKNOWN_SHARE;
  const present = 1 - statistics.nullFraction;
  const ofValues = (): number =>
    Math.min(
      present,
      values.reduce((sum, value) => sum + frequencyOf(value, column, table), 0),
    );
  switch (operator) {
    case 'is null':
      return statistics.nullFraction;
    case 'is not null':
      return present;
    case '=':
    case 'in':
    case 'true':
    case 'false':
      return ofValues();
    case '<>':
    case 'not in':
      return Math.max(0, present - ofValues());
    default:
      return UNKNOWN_SHARE * present;
  }
}

function frequencyOf(value: string, column: Column, table: Table): number {
  const { statistics } = column;
  if (!statistics) return UNKNOWN_SHARE;
  const common = statistics.common.find((each) => each.value === value);
  if (common) return common.frequency;
  const rest = 1 - statistics.nullFraction - statistics.common.reduce((sum, each) => sum + each.frequency, 0);
  const others = distinctOf(column, table.rows ?? 0) - statistics.common.length;
  return others < 1 ? 0 : Math.max(0, rest) / others;
}

const TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\band\b|\bor\b/giu;

/** Splits at a word where it stands outside of parentheses and quotes. */
function split(condition: string, at: 'and' | 'or'): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = 0;
  for (const { 0: token, index } of condition.matchAll(TOKENS)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (depth === 0 && token.toLowerCase() === at) {
      parts.push(condition.slice(begin, index));
      begin = index + token.length;
    }
  }
  return [...parts, condition.slice(begin)];
}

function withoutParentheses(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('(') || !trimmed.endsWith(')')) return trimmed;
  let depth = 0;
  for (const { 0: token, index } of trimmed.matchAll(TOKENS)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    // The first one is closed before the end: they are not around the whole.
    if (depth === 0 && index < trimmed.length - 1) return trimmed;
  }
  return withoutParentheses(trimmed.slice(1, -1));
}

const NAME = String.raw`\(*\s*(?:[\p{L}_][\p{L}\p{N}_$]*\.)?("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\s*\)*(?:::[\w ]+)?`;
const NULL_TEST = new RegExp(`^${NAME}\\s+is\\s+(not\\s+)?null$`, 'iu');
const COMPARISON = new RegExp(`^${NAME}\\s*(=|<>|!=|<=|>=|<|>)\\s*(.+)$`, 'isu');
const LIST = new RegExp(`^${NAME}\\s+(not\\s+)?in\\s*(\\(.+\\))$`, 'isu');
const BARE = new RegExp(`^(not\\s+)?${NAME}$`, 'iu');

function readTerm(term: string, table: Table): Term {
  const test = NULL_TEST.exec(term);
  if (test) return read(test[1], test[2] ? 'is not null' : 'is null', '', table);
  const list = LIST.exec(term);
  if (list) return read(list[1], list[2] ? 'not in' : 'in', list[3], table);
  const comparison = COMPARISON.exec(term);
  if (comparison) {
    const [, name, operator, right = ''] = comparison;
    if (/^(?:any|all)\s*\(/i.test(right)) return read(name, operator === '=' ? 'in' : 'not in', right, table);
    return read(name, operator === '!=' ? '<>' : (operator ?? ''), right, table);
  }
  const bare = BARE.exec(term);
  if (bare) return read(bare[2], bare[1] ? 'false' : 'true', bare[1] ? "'f'" : "'t'", table);
  return { column: undefined, operator: '', values: [] };
}

function read(name: string | undefined, operator: string, constants: string | undefined, table: Table): Term {
  const plain = name?.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name?.toLowerCase();
  const column = table.columns.find((each) => each.name === plain);
  return { column, operator, values: valuesOf(constants ?? '', column) };
}

/** The constants in a text: quoted ones, numbers, and the two that a boolean has. */
function valuesOf(text: string, column: Column | undefined): string[] {
  const tokens = text.matchAll(/'((?:[^']|'')*)'|(?<![\w:])(-?\d+(?:\.\d+)?|true|false)\b/giu);
  const values = [...tokens].map(([, quoted, plain]) => quoted?.replaceAll("''", "'") ?? plain ?? '');
  if (column?.type === 'boolean') return values.map((value) => value.slice(0, 1).toLowerCase());
  // `'{a,b}'`: an array as one constant.
  return values.flatMap((value) =>
    /^\{.*\}$/s.test(value) && !column?.type.endsWith('[]')
      ? value
          .slice(1, -1)
          .split(',')
          .map((each) => each.replaceAll(/^"|"$/g, ''))
      : [value],
  );
}
