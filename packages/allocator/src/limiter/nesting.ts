import type { Call } from './call.ts';

/** The part of Node's AsyncLocalStorage that is needed; Deno and Bun have it too. */
interface CallStorage {
  getStore(): Call | undefined;
  run<Args extends readonly unknown[], T>(call: Call, fn: (...args: Args) => T, ...args: Args): T;
}

/* One for all limiters: each further one would cost at every promise of the process. */
let storage: CallStorage | null | undefined;

/** Runs a function so that calls made in its work, however late, are known to be made in this call. */
export function runWithin<Args extends readonly unknown[], T>(
  call: Call,
  fn: (...args: Args) => T,
  ...args: Args
): T {
  storage ??= findStorage();
  return storage ? storage.run(call, fn, ...args) : fn(...args);
}

/** The call in whose work this is executed; those that have ended are left out. */
export function callAround(): Call | undefined {
  const around = running(storage?.getStore());
  // Work that starts its successor before it ends would otherwise make a chain of all that ever were.
  for (let call = around; call; call = call.outer) call.outer = running(call.outer);
  return around;
}

function running(call: Call | undefined): Call | undefined {
  let found = call;
  while (found?.state === 'ended') found = found.outer;
  return found;
}

function findStorage(): CallStorage | null {
  // Not imported: browsers have none, and there the time-out of the queue ends what waits for itself.
  const host = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => unknown };
  };
  const hooks = host.process?.getBuiltinModule?.('node:async_hooks') as
    | { readonly AsyncLocalStorage: new () => CallStorage }
    | undefined;
  return hooks ? new hooks.AsyncLocalStorage() : null;
}
