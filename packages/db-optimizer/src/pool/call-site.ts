/* Deeper frames are those of a framework. */
const MAX_FRAMES = 5;

/* Neither of Node nor of an installed package. */
const FOREIGN = /\bnode:|[\\/]node_modules[\\/]/;

/** The frames of a stack that are the application's own, innermost first; all where none is. */
export function callSite(stack: string | undefined): string[] {
  const frames = (stack ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .map((line) => line.slice('at '.length));
  const own = frames.filter((frame) => !FOREIGN.test(frame));
  return (own.length > 0 ? own : frames).slice(0, MAX_FRAMES);
}

/** The stack above a function that is being called; it is made into text only when it is read. */
export function traceAbove(called: unknown): { readonly stack?: string } {
  const trace: { stack?: string } = {};
  if (typeof called === 'function') Error.captureStackTrace(trace, called as (...args: unknown[]) => unknown);
  else Error.captureStackTrace(trace);
  return trace;
}
