import {
  type Clock,
  type Meter,
  noopMeter,
  option,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import type { FlightRecorder } from '../recording/flight-recorder.ts';
import type { Sink } from '../sink.ts';

export interface DrainOptions {
  readonly recorder: Pick<FlightRecorder, 'reader'>;
  readonly sink: Sink;
  /**
   * Records to write at once, at most. While a batch is read and the sink takes it in, the event loop waits.
   *
   * @defaultValue 500
   */
  readonly batchSize?: number;
  /** How long a record may wait for others to be written along with. @defaultValue '1s' */
  readonly maxDelay?: number | string;
  /** How long a sink may take for one operation before its signal fires. @defaultValue '10s' */
  readonly timeout?: number | string;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Source of the jitter between tries, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
  /** @defaultValue none */
  readonly meter?: Meter;
}

/** @throws ConfigurationError */
export function readDrainOptions(options: DrainOptions) {
  const read = readOptions('Drain', options, {
    recorder: option.withMethods<Pick<FlightRecorder, 'reader'>>('reader'),
    sink: option.withMethods<Sink>('write'),
    batchSize: option.integer({ min: 1, max: 100_000 }).default(500),
    maxDelay: option.duration().default(1000),
    timeout: option.duration({ min: 1 }).default(10_000),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
    random: option.callback<() => number>().default(Math.random),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
  });
  readValue('Drain', 'sink.name', read.sink.name, option.string());
  return read;
}
