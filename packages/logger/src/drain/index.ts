export { Drain } from './drain.ts';
export type { DrainEvents, DrainState, DrainStatistics, SinkOperation } from './drain-events.ts';
export type { DrainOptions } from './drain-options.ts';
