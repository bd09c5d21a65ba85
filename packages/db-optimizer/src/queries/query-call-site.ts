import { callSite } from '../pool/call-site.ts';

/* The frames of drivers and of this package come first. */
const FRAMES = 50;

/* This package, where it is not in node_modules. */
const OWN = /[\\/]db-optimizer[\\/](?:src|dist)[\\/]/;

/**
 * Where in the application a query was called that has just ended, innermost first. What is called when a promise is
 * settled has a stack of those who await it; who took a callback is not known.
 *
 * @param called the function that is being called: what is above it counts
 */
export function queryCallSite(called: (...args: never[]) => unknown): string[] {
  const { stackTraceLimit } = Error;
  const trace: { stack?: string } = {};
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(trace, called);
  // The text is made here: it is made no longer than the limit of that moment.
  const lines = trace.stack?.split('\n') ?? [];
  Error.stackTraceLimit = stackTraceLimit;
  return callSite(lines.filter((line) => !OWN.test(line)).join('\n'));
}
