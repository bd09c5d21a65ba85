import {
  type Clock,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import { type NextTurn, platformNextTurn } from './next-turn.ts';

export interface AdmissionOptions {
  /** Most work that waits. Beyond it the oldest of the least important class is refused. @defaultValue 10000 */
  readonly maxQueue?: number;
  /**
   * Work that is in flight for longer is counted apart, as hung, and no longer against the limit: long polls and
   * streams must not take the place of requests. @defaultValue '30s'
   */
  readonly hungAfter?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue records nothing */
  readonly meter?: Meter;
  /** Calls back in the next turn of the event loop. @defaultValue setImmediate, in browsers a message */
  readonly nextTurn?: NextTurn;
}

export interface AdmissionSettings {
  readonly maxQueue: number;
  readonly hungAfter: number;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly nextTurn: NextTurn;
}

/* A queue of millions is memory lost, not work waiting. */
const LONGEST_QUEUE = 1_000_000;

export function readAdmissionOptions(options: AdmissionOptions | undefined): AdmissionSettings {
  return readOptions<AdmissionSettings>('AdmissionController', options, {
    maxQueue: option.integer({ min: 1, max: LONGEST_QUEUE }).default(10_000),
    hungAfter: option.duration({ min: 1 }).default(30_000),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    nextTurn: option.callback<NextTurn>().default(platformNextTurn()),
  });
}
