import type { AnyFunction } from './instrumentable.ts';

/** One call of `query`, in any of the forms that `pg` takes. */
export interface QueryCall {
  readonly text: string;
  readonly params: readonly unknown[] | undefined;
  /** Called with what it came to, where the caller gave one. */
  readonly callback: AnyFunction | undefined;
  /** Where among the arguments the callback goes. */
  readonly callbackAt: number;
}

/** A query that knows the protocol itself: a cursor, a stream, a `Query` of `pg`. */
export interface Submittable {
  submit(connection: unknown): unknown;
}

export function isSubmittable(value: unknown): value is Submittable {
  return isObject(value) && typeof value.submit === 'function';
}

/** Reads the arguments; undefined for a call that `pg` is going to refuse. */
export function readQueryCall(args: readonly unknown[], client: unknown): QueryCall | undefined {
  const [first, second, third] = args;
  const config = isObject(first) ? first : undefined;
  const text = typeof first === 'string' ? first : textOf(config, client);
  if (text === undefined) return undefined;
  const params = Array.isArray(second) ? second : config?.values;
  let callback = config?.callback;
  // What is given beside the config is taken before what is in it; a callback in place of the values, too.
  let callbackAt = 2;
  if (third) callback = third;
  else if (typeof second === 'function') {
    callback = second;
    callbackAt = 1;
  }
  return {
    text,
    params: Array.isArray(params) ? params : undefined,
    callback: typeof callback === 'function' ? (callback as AnyFunction) : undefined,
    callbackAt,
  };
}

/** The text and the values of a submittable; a stream has them in its cursor. */
export function readSubmittable(
  submittable: object,
): { text: string; params: readonly unknown[] | undefined } | undefined {
  for (const holder of [submittable, Reflect.get(submittable, 'cursor')]) {
    if (!isObject(holder) || typeof holder.text !== 'string') continue;
    const values = holder.values;
    return { text: holder.text, params: Array.isArray(values) ? values : undefined };
  }
  return undefined;
}

/** Rows a result has, or says that were changed; the sum over the results of several statements. */
export function rowsOf(result: unknown): number | undefined {
  if (Array.isArray(result)) {
    let sum: number | undefined;
    for (const each of result) sum = (sum ?? 0) + (rowsOf(each) ?? 0);
    return sum;
  }
  if (!isObject(result)) return undefined;
  const { rowCount, rows, affectedRows } = result;
  if (typeof rowCount === 'number') return rowCount;
  // PGlite counts both, and one of them is 0.
  const changed = typeof affectedRows === 'number' ? affectedRows : 0;
  return Array.isArray(rows) ? Math.max(rows.length, changed) : undefined;
}

function textOf(config: Record<string, unknown> | undefined, client: unknown): string | undefined {
  if (typeof config?.text === 'string') return config.text;
  const name = config?.name;
  if (typeof name !== 'string') return undefined;
  // A statement that this connection has prepared may be run by its name alone.
  const connection = isObject(client) ? client.connection : undefined;
  const prepared = isObject(connection) ? connection.parsedStatements : undefined;
  const text = isObject(prepared) ? prepared[name] : undefined;
  return typeof text === 'string' ? text : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
