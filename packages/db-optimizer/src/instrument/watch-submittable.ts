import type { AnyFunction } from './instrumentable.ts';

type Listener = (args: readonly unknown[]) => void;

/**
 * Learns from a query that knows the protocol itself how it goes: the client calls a method of it for each message of
 * the server. They are as they were when it is over.
 */
export function watchSubmittable(
  query: object,
  over: (outcome: { rows: number | undefined; error: unknown }) => void,
): void {
  let rows: number | undefined;
  const restores: (() => void)[] = [];
  const finish = (error: unknown): void => {
    for (const restore of restores) restore();
    over({ rows: error === undefined ? rows : undefined, error });
  };
  const listen = (name: string, listener: Listener): void => {
    const original: unknown = Reflect.get(query, name);
    if (typeof original === 'function')
      restores.push(intercept(query, name, original as AnyFunction, listener));
  };
  listen('handleRowDescription', () => {
    rows ??= 0;
  });
  listen('handleDataRow', () => {
    rows = (rows ?? 0) + 1;
  });
  listen('handleCommandComplete', ([message]) => {
    rows ??= changedRows(message);
  });
  listen('handleReadyForQuery', () => finish(undefined));
  listen('handleError', ([error]) => finish(error ?? new Error('the query failed without an error')));
}

function intercept(query: object, name: string, original: AnyFunction, listener: Listener): () => void {
  const own = Object.getOwnPropertyDescriptor(query, name);
  const method: AnyFunction = function (...args) {
    // First: the original may begin the next query.
    listener(args);
    return original.apply(this, args);
  };
  Object.defineProperty(query, name, {
    value: method,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    if (Object.getOwnPropertyDescriptor(query, name)?.value !== method) return;
    if (own) Object.defineProperty(query, name, own);
    else Reflect.deleteProperty(query, name);
  };
}

/** The last number of a command's tag: `INSERT 0 5`, `COPY 12`. */
function changedRows(message: unknown): number | undefined {
  const tag: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'text') : undefined;
  const [, count] = typeof tag === 'string' ? (/ (\d+)$/.exec(tag) ?? []) : [];
  return count === undefined ? undefined : Number(count);
}
