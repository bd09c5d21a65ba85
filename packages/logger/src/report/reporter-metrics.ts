import type { BoundHistogram, Counter, Meter } from '@evenkeel/core';

/* From a short range in memory to a week in a database. */
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of a reporter. */
export class ReporterMetrics {
  readonly #reports: Counter<'outcome'>;
  readonly #seconds: BoundHistogram;
  readonly #deliveries: Counter<'outcome'>;

  constructor(meter: Meter) {
    this.#reports = meter.counter('evenkeel_logger_reports_total', {
      description: 'Reports, by outcome: made, failed.',
      labels: ['outcome'],
    });
    this.#seconds = meter.histogram('evenkeel_logger_report_seconds', {
      description: 'Time to make a report, reading the history included.',
      buckets: SECONDS,
    });
    this.#deliveries = meter.counter('evenkeel_logger_report_deliveries_total', {
      description: 'Tries to deliver a report, by outcome: delivered, retried, failed.',
      labels: ['outcome'],
    });
  }

  made(ms: number): void {
    this.#reports.labels({ outcome: 'made' }).inc();
    this.#seconds.observe(ms / 1000);
  }

  failed(): void {
    this.#reports.labels({ outcome: 'failed' }).inc();
  }

  delivery(outcome: 'delivered' | 'retried' | 'failed'): void {
    this.#deliveries.labels({ outcome }).inc();
  }
}
