/**
 * Where a function was called from, as its line in a stack trace, for messages; empty where the engine can't
 * tell.
 */
export function callSite(callee: (...args: never[]) => unknown): string {
  if (typeof Error.captureStackTrace !== 'function') return '';
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const line = holder.stack?.split('\n').find((each) => each.trimStart().startsWith('at '));
  return line?.trim() ?? '';
}
