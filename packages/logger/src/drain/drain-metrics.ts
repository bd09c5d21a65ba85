import type { Disposer, Meter } from '@evenkeel/core';
import type { DrainStatistics } from './drain-events.ts';

/** A drain's metrics, brought up to date at each export. */
export class DrainMetrics {
  readonly #writes;
  readonly #failures;
  readonly #meter: Meter;
  readonly #refresh: () => void;
  #stop: Disposer = () => {};

  constructor(meter: Meter, sink: string, statistics: () => DrainStatistics) {
    this.#meter = meter;
    const labels = ['sink'] as const;
    const values = { sink };
    const written = meter
      .counter('evenkeel_logger_records_written_total', {
        description: 'Records that a sink has written',
        labels,
      })
      .labels(values);
    const lost = meter
      .counter('evenkeel_logger_records_lost_total', { description: 'Records that a sink has lost', labels })
      .labels(values);
    const waiting = meter
      .gauge('evenkeel_logger_records_waiting', { description: 'Records that wait for a sink', labels })
      .labels(values);
    this.#writes = meter
      .histogram('evenkeel_logger_write_duration_seconds', {
        description: 'Time that a sink takes for a batch',
        labels,
      })
      .labels(values);
    this.#failures = meter
      .counter('evenkeel_logger_sink_failures_total', {
        description: 'Tries of a sink that have failed',
        labels,
      })
      .labels(values);
    const told = { written: 0, lost: 0 };
    this.#refresh = () => {
      const now = statistics();
      written.inc(now.written - told.written);
      lost.inc(now.lost - told.lost);
      waiting.set(now.waiting);
      told.written = now.written;
      told.lost = now.lost;
    };
  }

  start(): void {
    this.#stop = this.#meter.onCollect(this.#refresh);
  }

  wrote(durationMs: number): void {
    this.#writes.observe(durationMs / 1000);
  }

  failed(): void {
    this.#failures.inc();
  }

  /** Brings them up to date once more: nobody will ask afterwards. */
  stop(): void {
    this.#refresh();
    this.#stop();
  }
}
