import type { FuncCall, Node, TypeName } from '@pgsql/types';
import { lastName, literalOf, namesOf } from './syntax.ts';

/**
 * Types as far as they matter here. `unknown` is a constant in quotes, which takes the type it is compared with; a type
 * that is not among these has the name PostgreSQL gives it.
 */
export type TypeGroup =
  | 'text'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'timestamptz'
  | 'time'
  | 'interval'
  | 'uuid'
  | 'json'
  | 'tsvector'
  | 'unknown'
  | (string & {});

/**
 * The type of an expression that an index may be made of: constants, columns, and operators and functions that are
 * known to be immutable; undefined for any other. What depends on the time zone or the date style is not immutable:
 * `at::date` of a `timestamptz`, `to_char(…)`, `concat(…)`.
 *
 * @param columnType the type of a column, or undefined where the name is none of the table's
 */
export function immutableType(
  node: Node | undefined,
  columnType: (reference: Node & { ColumnRef: object }) => string | undefined,
): TypeGroup | undefined {
  if (node === undefined) return undefined;
  const typeOf = (inner: Node | undefined) => immutableType(inner, columnType);
  if ('ColumnRef' in node) {
    const type = columnType(node);
    return type === undefined ? undefined : typeGroup(type);
  }
  if ('A_Const' in node) {
    const { sval, ival, fval, boolval } = node.A_Const;
    if (sval) return 'unknown';
    if (boolval) return 'boolean';
    return ival || fval ? 'number' : undefined;
  }
  if ('TypeCast' in node) return typeOfCast(node.TypeCast.arg, node.TypeCast.typeName, typeOf);
  if ('FuncCall' in node) return typeOfCall(node.FuncCall, typeOf);
  if ('CoalesceExpr' in node) return common((node.CoalesceExpr.args ?? []).map(typeOf));
  if ('MinMaxExpr' in node) return common((node.MinMaxExpr.args ?? []).map(typeOf));
  if ('NullTest' in node) return typeOf(node.NullTest.arg) && 'boolean';
  if ('BooleanTest' in node) return typeOf(node.BooleanTest.arg) && 'boolean';
  if ('BoolExpr' in node)
    return (node.BoolExpr.args ?? []).every((arg) => typeOf(arg) === 'boolean') ? 'boolean' : undefined;
  if ('A_Expr' in node) {
    const { kind, name, lexpr, rexpr } = node.A_Expr;
    const left = typeOf(lexpr);
    const isList = rexpr && 'List' in rexpr;
    const right = isList ? common((rexpr.List.items ?? []).map(typeOf)) : typeOf(rexpr);
    switch (kind) {
      case 'AEXPR_OP':
        // `-a`
        return lexpr === undefined
          ? right === 'number'
            ? right
            : undefined
          : typeOfOperator(lastName(name), left, right);
      case 'AEXPR_NULLIF':
        return common([left, right]);
      case 'AEXPR_IN':
      case 'AEXPR_BETWEEN':
      case 'AEXPR_NOT_BETWEEN':
      case 'AEXPR_DISTINCT':
      case 'AEXPR_NOT_DISTINCT':
        return common([left, right]) && 'boolean';
      case 'AEXPR_LIKE':
      case 'AEXPR_ILIKE':
        return common([left, right, 'text']) && 'boolean';
      default:
        return undefined;
    }
  }
  return undefined;
}

/** The group of a type as `format_type` or a cast names it: `character varying(40)` → `text`. */
export function typeGroup(type: string): TypeGroup {
  const name = type
    .toLowerCase()
    .replace(/\(.*?\)/, '')
    .replace(/\s+/g, ' ')
    .trim();
  return GROUPS.get(name) ?? name;
}

/** The type a cast names: `pg_catalog.int4[]` → `int4[]`. */
export function castTarget(type: TypeName | undefined): string {
  return lastName(type?.names) + (type?.arrayBounds?.length ? '[]' : '');
}

type TypeOf = (node: Node | undefined) => TypeGroup | undefined;

const GROUPS = new Map<string, TypeGroup>(
  Object.entries({
    text: ['text', 'character varying', 'varchar', 'character', 'bpchar', 'char', 'name'],
    number: [
      'smallint',
      'int2',
      'integer',
      'int',
      'int4',
      'bigint',
      'int8',
      'numeric',
      'decimal',
      'real',
      'float4',
      'double precision',
      'float8',
    ],
    boolean: ['boolean', 'bool'],
    timestamp: ['timestamp', 'timestamp without time zone'],
    timestamptz: ['timestamptz', 'timestamp with time zone'],
    time: ['time', 'time without time zone'],
    json: ['json', 'jsonb'],
  }).flatMap(([group, names]) => names.map((name): [string, TypeGroup] => [name, group])),
);

/* Casts whose functions are marked immutable in pg_proc; those of dates to and from text are not. */
const CASTS: ReadonlyMap<TypeGroup, readonly TypeGroup[]> = new Map([
  ['text', ['text', 'number', 'boolean', 'uuid', 'json']],
  ['number', ['number', 'text', 'boolean']],
  ['boolean', ['boolean', 'number', 'text']],
  ['uuid', ['uuid', 'text']],
  ['json', ['json', 'text', 'number', 'boolean']],
  ['timestamp', ['timestamp', 'date', 'time']],
  ['date', ['date', 'timestamp']],
]);

/* Constants that mean another moment each time they are read. */
const MOVING = /^\s*(now|today|tomorrow|yesterday)\s*$/i;

const TEXT_TO_TEXT =
  'lower upper btrim ltrim rtrim initcap reverse md5 substring substr replace left right split_part lpad rpad translate overlay regexp_replace';
const TEXT_TO_NUMBER = 'length char_length character_length octet_length strpos position ascii';
const NUMBER_TO_NUMBER = 'abs round floor ceil ceiling trunc sign mod sqrt power pow exp ln log';
const JSON_TO_TEXT = 'jsonb_typeof json_typeof jsonb_extract_path_text json_extract_path_text';

/* What they take as the argument that decides, and what they give. */
const FUNCTIONS = new Map<string, { takes: TypeGroup; gives: TypeGroup }>([
  ...TEXT_TO_TEXT.split(' ').map((name) => [name, { takes: 'text', gives: 'text' }] as const),
  ...TEXT_TO_NUMBER.split(' ').map((name) => [name, { takes: 'text', gives: 'number' }] as const),
  ...NUMBER_TO_NUMBER.split(' ').map((name) => [name, { takes: 'number', gives: 'number' }] as const),
  ...JSON_TO_TEXT.split(' ').map((name) => [name, { takes: 'json', gives: 'text' }] as const),
  ['jsonb_array_length', { takes: 'json', gives: 'number' }],
  ['starts_with', { takes: 'text', gives: 'boolean' }],
]);

function typeOfCast(
  arg: Node | undefined,
  type: TypeName | undefined,
  typeOf: TypeOf,
): TypeGroup | undefined {
  const target = castTarget(type);
  const to = typeGroup(target);
  const literal = arg && 'A_Const' in arg ? literalOf(arg) : undefined;
  if (literal !== undefined) return MOVING.test(literal) ? undefined : to;
  const from = typeOf(arg);
  if (from === undefined || target.endsWith('[]')) return undefined;
  return CASTS.get(from)?.includes(to) ? to : undefined;
}

function typeOfCall(call: FuncCall, typeOf: TypeOf): TypeGroup | undefined {
  const names = namesOf(call.funcname);
  const name = names.at(-1) ?? '';
  // A function of the application's own schemas is not known here, whatever its name.
  if (names.length > 1 && names[0] !== 'pg_catalog') return undefined;
  if (call.over || call.agg_star || call.agg_distinct || call.agg_filter || call.func_variadic)
    return undefined;
  const args = (call.args ?? []).map(typeOf);
  if (args.length === 0 || args.includes(undefined)) return undefined;
  const [first, second] = args;
  switch (name) {
    case 'extract':
    case 'date_part':
      return second === 'timestamp' || second === 'date' || second === 'time' ? 'number' : undefined;
    case 'date_trunc':
      return second === 'timestamp' && args.length === 2 ? 'timestamp' : undefined;
    case 'timezone':
      if (first !== 'unknown') return undefined;
      return second === 'timestamptz' ? 'timestamp' : second === 'timestamp' ? 'timestamptz' : undefined;
    case 'to_tsvector':
      // With one argument it depends on the setting `default_text_search_config`.
      return first === 'unknown' && (second === 'text' || second === 'json') ? 'tsvector' : undefined;
    default: {
      const known = FUNCTIONS.get(name);
      return known && first === known.takes ? known.gives : undefined;
    }
  }
}

function typeOfOperator(
  operator: string,
  left: TypeGroup | undefined,
  right: TypeGroup | undefined,
): TypeGroup | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return common([left, right]) && 'boolean';
    case '->':
    case '#>':
      return left === 'json' ? 'json' : undefined;
    case '->>':
    case '#>>':
      return left === 'json' ? 'text' : undefined;
    case '||':
      // With a number beside the text it is `anytextcat`, which is only stable.
      return (left === 'text' || right === 'text') && common([left, right]) ? 'text' : undefined;
    case '~~':
    case '~~*':
    case '!~~':
    case '~':
    case '~*':
      return common([left, right, 'text']) && 'boolean';
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      if (left === 'number' && right === 'number') return 'number';
      return (left === 'date' || left === 'timestamp') && right === 'interval' && '+-'.includes(operator)
        ? 'timestamp'
        : undefined;
    default:
      return undefined;
  }
}

/** The one type of all, where constants in quotes fit to any. */
function common(types: readonly (TypeGroup | undefined)[]): TypeGroup | undefined {
  let result: TypeGroup | undefined = 'unknown';
  for (const type of types) {
    if (type === undefined) return undefined;
    if (type === 'unknown' || type === result) continue;
    if (result !== 'unknown') return undefined;
    result = type;
  }
  return result;
}
