export { flushOnCrash } from './flush-on-crash.ts';
