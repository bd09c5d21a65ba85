import type { Node } from '@pgsql/types';
import { visit } from './classify.ts';
import { applyEdits, byteIndexes, type TextEdit } from './text-edit.ts';

/* What stands for a number in a generic plan: whatever it is compared to, an index on that remains of use. */
const NUMBER_TYPE = 'integer';

const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '^']);

/* Functions whose forms for several types of numbers PostgreSQL cannot choose between. */
const OF_NUMBERS = new Set(
  'abs avg ceil ceiling floor generate_series mod round sign stddev stddev_pop stddev_samp sum trunc var_pop var_samp variance'.split(
    ' ',
  ),
);

type Fields = Readonly<Record<string, unknown>>;

/** A parameter in a text. */
interface Place {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Repairs the text of a statement that had constants in the places of its parameters, as `pg_stat_statements` shows
 * it: `date $1` becomes `$1::date`, and `extract($1 from x)` a plain call. With `withTypes`, parameters that
 * PostgreSQL could not find a type for, as in `$1 - $2`, are cast to integers.
 */
export function repairParameters(text: string, tree: Node, withTypes: boolean): string {
  const placeOf = placesIn(text);
  const edits: TextEdit[] = [];
  const typed = new Set<number>();
  const asNumber = (parameter: Fields | undefined): void => {
    const place = placeOf(parameter);
    if (!withTypes || !place || typed.has(place.start)) return;
    typed.add(place.start);
    edits.push({ start: place.end, end: place.end, text: `::${NUMBER_TYPE}` });
  };
  visit(tree, (name, node) => {
    if (name === 'TypeCast') edits.push(...constantSyntax(text, node, placeOf));
    else if (name === 'A_Expr') for (const each of untypedOperands(node)) asNumber(each);
    else if (name === 'FuncCall') {
      edits.push(...extractSyntax(text, node, placeOf));
      if (OF_NUMBERS.has(lastName(node.funcname))) asNumber(untyped(listOf(node.args)[0]));
    }
  });
  return applyEdits(text, edits);
}

/** Puts a text in place of each parameter; `asExpression` where a constant would be a position in the output. */
export function replaceParameters(
  text: string,
  tree: Node,
  literal: (number: number, asExpression: boolean) => string,
): string {
  const placeOf = placesIn(text);
  const positional = new Set<unknown>();
  visit(tree, (name, node) => {
    if (name === 'SortBy') positional.add(fieldOf(node.node, 'ParamRef'));
    if (name !== 'SelectStmt') return;
    for (const each of [...listOf(node.groupClause), ...listOf(node.distinctClause)]) {
      positional.add(fieldOf(each, 'ParamRef'));
    }
  });
  const edits: TextEdit[] = [];
  visit(tree, (name, node) => {
    const place = name === 'ParamRef' ? placeOf(node) : undefined;
    if (place) edits.push({ ...place, text: literal(place.number, positional.has(node)) });
  });
  return applyEdits(text, edits);
}

/** `date $1`: what the grammar allows for constants only. */
function constantSyntax(text: string, cast: Fields, placeOf: PlaceOf): TextEdit[] {
  const place = placeOf(fieldOf(cast.arg, 'ParamRef'));
  const type = placeOf(cast.typeName as Fields | undefined, 0);
  if (!place || !type || type.start >= place.start) return [];
  return [
    { start: type.start, end: place.start, text: '' },
    { start: place.end, end: place.end, text: `::${text.slice(type.start, place.start).trim()}` },
  ];
}

/** `extract($1 from x)`: likewise. */
function extractSyntax(text: string, call: Fields, placeOf: PlaceOf): TextEdit[] {
  if (call.funcformat !== 'COERCE_SQL_SYNTAX' || lastName(call.funcname) !== 'extract') return [];
  const place = placeOf(fieldOf(listOf(call.args)[0], 'ParamRef'));
  const start = placeOf(call, 0)?.start;
  const from = place && /^\s*from\b/i.exec(text.slice(place.end));
  if (!place || !from || start === undefined) return [];
  return [
    { start, end: start, text: 'pg_catalog.' },
    { start: place.end, end: place.end + from[0].length, text: ',' },
  ];
}

/** The parameters that leave an operator of numbers without a type on either side, or with that of a text. */
function untypedOperands(expression: Fields): (Fields | undefined)[] {
  if (expression.kind !== 'AEXPR_OP' || !ARITHMETIC.has(lastName(expression.name))) return [];
  const { lexpr: left, rexpr: right } = expression;
  const isBare = (node: unknown): boolean => node === undefined || fieldOf(node, 'ParamRef') !== undefined;
  if (isBare(left) && isBare(right)) return [fieldOf(left ?? right, 'ParamRef')];
  return [left, right].filter((node) => !isBare(node)).map(untyped);
}

/** The first parameter of an expression whose type is that of its parameters. */
function untyped(node: unknown): Fields | undefined {
  const parameter = fieldOf(node, 'ParamRef');
  if (parameter) return parameter;
  const choice = fieldOf(node, 'CaseExpr');
  const results = choice
    ? [...listOf(choice.args).map((each) => fieldOf(each, 'CaseWhen')?.result), choice.defresult]
    : listOf(fieldOf(node, 'CoalesceExpr')?.args);
  const parameters = results.filter((each) => each !== undefined).map((each) => fieldOf(each, 'ParamRef'));
  return parameters.every((each) => each !== undefined) ? parameters[0] : undefined;
}

type PlaceOf = (node: Fields | undefined, isParameter?: 0) => Place | undefined;

/** Finds where nodes are; what is no parameter in the text, for whatever reason, is not found as one. */
function placesIn(text: string): PlaceOf {
  const indexOf = byteIndexes(text);
  return (node, isParameter) => {
    // Protocol buffers leave out a location of 0.
    const { location = 0, number = 0 } = node ?? {};
    if (node === undefined || typeof location !== 'number' || typeof number !== 'number' || location < 0) {
      return undefined;
    }
    const start = indexOf(location);
    const written = `$${number}`;
    if (isParameter === 0) return { number, start, end: start };
    return /^\$0*(\d+)/.exec(text.slice(start, start + 20))?.[1] === String(number)
      ? { number, start, end: start + (/^\$\d+/.exec(text.slice(start, start + 20))?.[0] ?? written).length }
      : undefined;
  };
}

function fieldOf(node: unknown, type: string): Fields | undefined {
  return (node as Record<string, Fields | undefined> | undefined)?.[type];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function lastName(value: unknown): string {
  return String(fieldOf(listOf(value).at(-1), 'String')?.sval ?? '');
}
