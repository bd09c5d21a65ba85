export { type CrashFlushOptions, type Flushable, flushOnCrash } from './flush-on-crash.ts';
