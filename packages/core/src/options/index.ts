export type { Field, Fields } from './field.ts';
export * as option from './field.ts';
export { readOptions, readValue } from './read-options.ts';
