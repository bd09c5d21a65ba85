import type { MetricType } from './engine/instruments.ts';
import type { SeriesLabels } from './snapshot.ts';

/** What a `MetricsCollector` emits, besides `error`. */
export interface MetricsEvents {
  /** Every recording that was taken; recording is slower while somebody listens to this or to `*`. */
  metric_recorded: MetricRecordedEvent;
}

export interface MetricRecordedEvent {
  readonly name: string;
  /** What was added to a counter or observed (milliseconds of a timer), or what a gauge stands at. */
  readonly value: number;
  readonly type: MetricType;
  /** Those of the series that took it, so of the overflow series where that did. */
  readonly labels: SeriesLabels;
}
