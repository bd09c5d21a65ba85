import type { A_Expr, Node } from '@pgsql/types';
import { typeGroup } from './immutable-type.ts';
import type { Relation, Scope } from './scope.ts';
import type { Condition, ConditionKind, JoinCondition, KeyTerm } from './statement-usage.ts';
import { lastName, literalOf } from './syntax.ts';
import type { Origin, TableReading } from './table-reading.ts';
import { columnType, onlyTable, originsOf, predicateOf } from './terms.ts';

/** What a condition of a statement says of its tables. */
export type Fact =
  | {
      readonly kind: 'condition';
      readonly origin: Origin | undefined;
      readonly table: TableReading;
      readonly condition: Condition;
    }
  | {
      readonly kind: 'join';
      readonly how: JoinCondition['kind'];
      readonly origin: Origin;
      readonly with: readonly TableReading[];
    }
  /** Both are equal, so that each can be looked up by the other. */
  | { readonly kind: 'equal'; readonly left: Origin; readonly right: Origin }
  | {
      readonly kind: 'alternatives';
      readonly table: TableReading;
      readonly branches: readonly (readonly Condition[])[];
    };

/** What the reader of the statement does for conditions. */
export interface ConditionContext {
  readonly scope: Scope;
  /** Marks the columns of an expression as read, and tells which relations it depends on. */
  read(node: Node | undefined): ReadonlySet<Relation>;
  /** What a subquery's condition says: `exists (…)`, `a in (select …)`. */
  subquery(node: Node & { SubLink: object }): readonly Fact[];
}

/** Reads a condition that must be true. */
export function factsOf(node: Node | undefined, context: ConditionContext): readonly Fact[] {
  if (node === undefined) return [];
  if ('BoolExpr' in node) {
    const args = node.BoolExpr.args ?? [];
    if (node.BoolExpr.boolop === 'AND_EXPR') return args.flatMap((arg) => factsOf(arg, context));
    if (node.BoolExpr.boolop === 'OR_EXPR') return alternatives(node, args, context);
    return negation(node, args[0], context);
  }
  if ('SubLink' in node) return context.subquery(node);
  if ('A_Expr' in node) return comparison(node, node.A_Expr, context);
  context.read(node);
  if ('NullTest' in node) {
    const kind = node.NullTest.nulltesttype === 'IS_NULL' ? 'null' : 'not null';
    return local(node, node.NullTest.arg, { kind, operator: `is ${kind}` }, context);
  }
  if ('BooleanTest' in node) {
    const { arg, booltesttype } = node.BooleanTest;
    if (booltesttype === 'IS_TRUE') return truth(node, arg, 't', context);
    if (booltesttype === 'IS_FALSE') return truth(node, arg, 'f', context);
  }
  if ('ColumnRef' in node) return truth(node, node, 't', context);
  if ('FuncCall' in node && lastName(node.FuncCall.funcname) === 'starts_with') {
    const [subject, start] = node.FuncCall.args ?? [];
    const literal = literalOf(start);
    const values = literal === undefined ? [] : [literal];
    return local(node, subject, { kind: 'prefix', operator: '^@', values }, context);
  }
  return filter(node, context);
}

/* Operators that only GIN and GiST know how to search. */
const CONTAINMENT = new Set(['@>', '<@', '&&', '?', '?|', '?&', '@?', '<<', '>>', '-|-', '<<=', '>>=']);
/* Operators on texts that a trigram index searches. */
const PATTERNS = new Set(['~', '~*', '~~', '~~*', '%', '%>', '<%']);
const COMMUTED = new Map([
  ['=', '='],
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
]);
/* More branches than this are not looked at one by one. */
const MAX_BRANCHES = 16;

interface Shape {
  readonly kind: ConditionKind;
  readonly operator: string;
  readonly values?: readonly string[];
}

function comparison(node: Node, expression: A_Expr, context: ConditionContext): readonly Fact[] {
  const { kind, lexpr, rexpr } = expression;
  const operator = lastName(expression.name);
  switch (kind) {
    case 'AEXPR_OP': {
      if (lexpr && rexpr && 'RowExpr' in lexpr && 'RowExpr' in rexpr)
        return rows(node, operator, lexpr.RowExpr.args ?? [], rexpr.RowExpr.args ?? [], context);
      if (COMMUTED.has(operator)) return ordered(node, operator, lexpr, rexpr, context);
      if (PATTERNS.has(operator)) return pattern(node, operator, lexpr, rexpr, context);
      context.read(node);
      if (operator === '@@') return search(node, lexpr, rexpr, context);
      if (CONTAINMENT.has(operator))
        return eitherSide(node, lexpr, rexpr, { kind: 'containment', operator }, context);
      return filter(node, context);
    }
    case 'AEXPR_IN':
    case 'AEXPR_OP_ANY': {
      const others = context.read(rexpr);
      context.read(lexpr);
      if (operator !== '=') return filter(node, context);
      const items = listItems(rexpr);
      const values = items.flatMap((item) => literalOf(item) ?? []);
      if (others.size === 0) {
        const isOne = items.length === 1 && kind === 'AEXPR_IN';
        return local(node, lexpr, { kind: isOne ? 'equality' : 'list', operator, values }, context);
      }
      return lookups(node, 'equality', lexpr, others, context);
    }
    case 'AEXPR_BETWEEN': {
      const [low, high] = listItems(rexpr);
      return [...ordered(node, '>=', lexpr, low, context), ...ordered(node, '<=', lexpr, high, context)];
    }
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
    case 'AEXPR_SIMILAR':
      return pattern(node, kind === 'AEXPR_SIMILAR' ? 'similar to' : operator, lexpr, rexpr, context);
    default:
      context.read(node);
      return filter(node, context);
  }
}

/** `=`, `<` and their like: a condition, a lookup from another table, or both terms equal. */
function ordered(
  node: Node,
  operator: string,
  left: Node | undefined,
  right: Node | undefined,
  context: ConditionContext,
): readonly Fact[] {
  const fromLeft = context.read(left);
  const fromRight = context.read(right);
  const kind = operator === '=' ? 'equality' : 'range';
  if (fromRight.size === 0) return local(node, left, shapeOf(kind, operator, right), context);
  if (fromLeft.size === 0)
    return local(node, right, shapeOf(kind, COMMUTED.get(operator) ?? operator, left), context);
  if ([...fromLeft].some((relation) => fromRight.has(relation))) return filter(node, context);
  const lefts = originsOf(left, context.scope);
  const rights = originsOf(right, context.scope);
  const isJoined = (relations: ReadonlySet<Relation>) =>
    context.scope.isJoined || ![...relations].some((relation) => context.scope.outer.has(relation));
  const canSearchLeft = isJoined(fromLeft);
  const canSearchRight = isJoined(fromRight);
  if (kind === 'equality' && canSearchLeft && canSearchRight && lefts.length > 0 && rights.length > 0)
    return lefts.flatMap((one) => rights.map((other): Fact => ({ kind: 'equal', left: one, right: other })));
  return [
    ...(canSearchLeft ? joins(kind, lefts, fromRight) : []),
    ...(canSearchRight ? joins(kind, rights, fromLeft) : []),
  ];
}

function shapeOf(kind: ConditionKind, operator: string, value: Node | undefined): Shape {
  const literal = literalOf(value);
  return { kind, operator, values: literal === undefined ? [] : [literal] };
}

/** `(a, b) = (1, 2)` is two conditions; `(a, b) < (1, 2)` is a range of the first. */
function rows(
  node: Node,
  operator: string,
  lefts: readonly Node[],
  rights: readonly Node[],
  context: ConditionContext,
): readonly Fact[] {
  context.read(node);
  if (!COMMUTED.has(operator)) return filter(node, context);
  const pairs = operator === '=' ? lefts.length : 1;
  return lefts
    .slice(0, pairs)
    .flatMap((left, index) => ordered(node, operator, left, rights[index], context));
}

function pattern(
  node: Node,
  operator: string,
  subject: Node | undefined,
  value: Node | undefined,
  context: ConditionContext,
): readonly Fact[] {
  context.read(node);
  const literal = literalOf(value);
  const values = literal === undefined ? [] : [literal];
  if (operator === '~~' && literal !== undefined) {
    if (!/[%_\\]/.test(literal)) return local(node, subject, { kind: 'equality', operator, values }, context);
    if (!/^[%_]/.test(literal)) return local(node, subject, { kind: 'prefix', operator, values }, context);
  }
  if (operator === '~' && literal !== undefined && /^\^[\w ]/.test(literal))
    return local(node, subject, { kind: 'prefix', operator, values }, context);
  if (operator === '!~~' || operator === '!~~*') return filter(node, context);
  return local(node, subject, { kind: 'pattern', operator, values }, context);
}

function search(
  node: Node,
  left: Node | undefined,
  right: Node | undefined,
  context: ConditionContext,
): readonly Fact[] {
  const isJson = originsOf(left, context.scope).some(
    ({ table, term }) => term.kind === 'column' && typeGroup(columnType(table, term.sql) ?? '') === 'json',
  );
  return eitherSide(
    node,
    left,
    right,
    { kind: isJson ? 'containment' : 'text search', operator: '@@' },
    context,
  );
}

/** A condition whose operator may have the column on either side. */
function eitherSide(
  node: Node,
  left: Node | undefined,
  right: Node | undefined,
  shape: Shape,
  context: ConditionContext,
): readonly Fact[] {
  const values = (value: Node | undefined) =>
    literalOf(value) === undefined ? [] : [literalOf(value) ?? ''];
  if (context.read(right).size === 0) return local(node, left, { ...shape, values: values(right) }, context);
  if (context.read(left).size === 0) return local(node, right, { ...shape, values: values(left) }, context);
  return filter(node, context);
}

function truth(
  node: Node,
  subject: Node | undefined,
  value: string,
  context: ConditionContext,
): readonly Fact[] {
  const isBoolean = originsOf(subject, context.scope).every(
    ({ table, term }) => term.kind !== 'column' || typeGroup(columnType(table, term.sql) ?? '') === 'boolean',
  );
  if (!isBoolean) return filter(node, context);
  return local(node, subject, { kind: 'equality', operator: '=', values: [value] }, context);
}

function negation(node: Node, arg: Node | undefined, context: ConditionContext): readonly Fact[] {
  // NOT EXISTS is a join as EXISTS is; NOT IN is not, for its NULLs.
  if (arg && 'SubLink' in arg && arg.SubLink.subLinkType === 'EXISTS_SUBLINK') return context.subquery(arg);
  context.read(node);
  if (arg && 'ColumnRef' in arg) return truth(node, arg, 'f', context);
  return filter(node, context);
}

/** A condition on a term by values that no table gives. */
function local(
  node: Node,
  subject: Node | undefined,
  { kind, operator, values = [] }: Shape,
  context: ConditionContext,
): readonly Fact[] {
  const origins = originsOf(subject, context.scope);
  if (origins.length === 0) return filter(node, context);
  const predicate = predicateOf(node, context.scope);
  return origins.map(
    (origin): Fact => ({
      kind: 'condition',
      origin,
      table: origin.table,
      condition: {
        kind,
        term: origin.term,
        operator,
        values,
        columns: origin.term.columns,
        predicate,
        isAlternative: false,
      },
    }),
  );
}

/** A condition that no index can search, if it is on one table. */
function filter(node: Node, { scope }: ConditionContext): readonly Fact[] {
  const single = onlyTable(node, scope);
  if (single === undefined) return [];
  const [only, ...more] = single.columns;
  const term: KeyTerm | undefined =
    only !== undefined && more.length === 0 ? { kind: 'column', sql: only, columns: [only] } : undefined;
  return [
    {
      kind: 'condition',
      origin: undefined,
      table: single.table,
      condition: {
        kind: 'filter',
        term,
        operator: '',
        values: [],
        columns: single.columns,
        predicate: predicateOf(node, scope),
        isAlternative: false,
      },
    },
  ];
}

function lookups(
  node: Node,
  how: JoinCondition['kind'],
  subject: Node | undefined,
  others: ReadonlySet<Relation>,
  context: ConditionContext,
): readonly Fact[] {
  const own = context.read(subject);
  if ([...own].some((relation) => others.has(relation))) return filter(node, context);
  return joins(how, originsOf(subject, context.scope), others);
}

function joins(
  how: JoinCondition['kind'],
  origins: readonly Origin[],
  others: ReadonlySet<Relation>,
): readonly Fact[] {
  const tables = [...others].flatMap(({ table }) => table ?? []);
  return origins
    .filter(({ isBehindBarrier }) => !isBehindBarrier)
    .map((origin): Fact => ({ kind: 'join', how, origin, with: tables }));
}

/** What holds whichever branch of an OR is true, and what each branch asks of a table. */
function alternatives(node: Node, args: readonly Node[], context: ConditionContext): readonly Fact[] {
  if (args.length > MAX_BRANCHES) {
    context.read(node);
    return filter(node, context);
  }
  const branches = args.map((arg) => factsOf(arg, context));
  const [first = [], ...rest] = branches;
  const shared = first.filter(
    (fact) =>
      (fact.kind === 'equal' || fact.kind === 'join') &&
      rest.every((branch) => branch.some((other) => isSameJoin(fact, other))),
  );
  const whole = filter(node, context);
  const tables = new Set(branches.flatMap((branch) => branch.flatMap(tablesOf)));
  const perTable = [...tables].flatMap((table): Fact[] => {
    const conditions = branches.map((branch) => branch.flatMap((fact) => conditionsOn(table, fact)));
    if (conditions.some((branch) => branch.length === 0)) return [];
    return [
      { kind: 'alternatives', table, branches: conditions },
      ...commonTerms(conditions).map(
        (condition): Fact => ({ kind: 'condition', origin: undefined, table, condition }),
      ),
    ];
  });
  return [...shared, ...whole, ...perTable];
}

/** `a = 1 or a = 2` restricts `a` as `a in (1, 2)` does; `a = 1 or a > 5` as a range. */
function commonTerms(branches: readonly (readonly Condition[])[]): Condition[] {
  const [first = [], ...rest] = branches;
  return first.flatMap(({ term }) => {
    if (term === undefined) return [];
    const like = [first, ...rest].map((branch) => branch.find((other) => other.term?.sql === term.sql));
    const kinds = new Set(like.map((condition) => condition?.kind));
    const searchable = ['equality', 'list', 'range', 'prefix'];
    if (![...kinds].every((kind) => kind !== undefined && searchable.includes(kind))) return [];
    const isList = [...kinds].every((kind) => kind === 'equality' || kind === 'list');
    const values = like.flatMap((condition) => condition?.values ?? []);
    const kind = isList ? 'list' : kinds.has('prefix') ? 'prefix' : 'range';
    return [
      { kind, term, operator: '=', values, columns: term.columns, predicate: undefined, isAlternative: true },
    ];
  });
}

function tablesOf(fact: Fact): TableReading[] {
  if (fact.kind === 'equal') return [fact.left.table, fact.right.table];
  return [fact.kind === 'join' ? fact.origin.table : fact.table];
}

/** What a fact says of one table, with the values of joins as if they were constants. */
function conditionsOn(table: TableReading, fact: Fact): Condition[] {
  if (fact.kind === 'condition')
    return fact.table === table ? [{ ...fact.condition, isAlternative: true }] : [];
  if (fact.kind === 'alternatives') return [];
  const origins = fact.kind === 'join' ? [fact.origin] : [fact.left, fact.right];
  const kind = fact.kind === 'join' ? fact.how : 'equality';
  return origins.flatMap(({ table: own, term }) =>
    own === table
      ? [
          {
            kind,
            term,
            operator: '=',
            values: [],
            columns: term.columns,
            predicate: undefined,
            isAlternative: true,
          },
        ]
      : [],
  );
}

function isSameJoin(one: Fact, other: Fact): boolean {
  if (one.kind === 'equal' && other.kind === 'equal')
    return isSameOrigin(one.left, other.left) && isSameOrigin(one.right, other.right);
  return (
    one.kind === 'join' &&
    other.kind === 'join' &&
    one.how === other.how &&
    isSameOrigin(one.origin, other.origin)
  );
}

function isSameOrigin(one: Origin, other: Origin): boolean {
  return one.table === other.table && one.term.sql === other.term.sql;
}

function listItems(node: Node | undefined): readonly Node[] {
  if (node && 'List' in node) return node.List.items ?? [];
  if (node && 'A_ArrayExpr' in node) return node.A_ArrayExpr.elements ?? [];
  if (node && 'TypeCast' in node) return listItems(node.TypeCast.arg);
  return [];
}
