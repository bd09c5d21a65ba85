import type { CounterInstrument, GaugeInstrument, MetricOptions } from './engine/instruments.ts';
import type { RejectionReason } from './engine/series.ts';

/** How the collector defines metrics about itself. */
export interface SelfDefiner {
  counter<Label extends string = never>(
    name: string,
    options: MetricOptions<Label>,
  ): CounterInstrument<Label>;
  gauge(name: string, options: MetricOptions<never>): GaugeInstrument;
}

/** How many metrics the collector defines about itself. */
export const SELF_METRICS = 5;

const REASONS = ['value', 'labels', 'type', 'definition'] as const satisfies readonly RejectionReason[];

/** What the collector exports about itself. */
export class SelfMetrics {
  readonly series: GaugeInstrument;
  readonly overflow: CounterInstrument<'metric'>;
  readonly rejected: CounterInstrument<'reason'>;
  readonly collectErrors: CounterInstrument;
  readonly lastExportSeconds: GaugeInstrument;

  /** @param maxMetrics bounds the label `metric` */
  constructor(define: SelfDefiner, maxMetrics: number) {
    this.series = define.gauge('evenkeel_metrics_exporter_series', {
      description: 'Series kept, those of the exporter itself included.',
    });
    this.overflow = define.counter('evenkeel_metrics_exporter_overflow_total', {
      description: 'Lookups of new label sets that got the overflow series.',
      labels: ['metric'],
      maxSeries: maxMetrics,
    });
    this.rejected = define.counter('evenkeel_metrics_exporter_rejected_total', {
      description: 'Recordings and lookups that were refused.',
      labels: ['reason'],
      maxSeries: REASONS.length,
    });
    for (const reason of REASONS) this.rejected.labels({ reason });
    this.collectErrors = define.counter('evenkeel_metrics_exporter_collect_errors_total', {
      description: 'Failures of the callbacks that refresh metrics before an export.',
    });
    this.lastExportSeconds = define.gauge('evenkeel_metrics_exporter_last_export_duration_seconds', {
      description: 'Time that the export before this one took, the callbacks included.',
    });
  }
}
