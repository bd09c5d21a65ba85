import {
  type Clock,
  type ComponentHealth,
  type Disposer,
  Emitter,
  errorMessage,
  type ManagedComponent,
  type Meter,
  option,
  type Recommendation,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import type { FamilyHost } from './engine/family.ts';
import type {
  BucketOptions,
  CounterInstrument,
  GaugeInstrument,
  HistogramInstrument,
  InstrumentByType,
  LabelValue,
  MetricOptions,
  MetricType,
  OptionsByType,
  QuantileOptions,
  SummaryInstrument,
  TimerInstrument,
} from './engine/instruments.ts';
import { type AnyFamily, Registry } from './engine/registry.ts';
import { checkBuckets, type Definition } from './engine/schema.ts';
import type { RejectionReason } from './engine/series.ts';
import { renderCsv } from './formats/csv.ts';
import { contentTypeOf, type ExportFormat, readFormat } from './formats/export-format.ts';
import { renderJson } from './formats/json.ts';
import { renderPrometheusText } from './formats/prometheus-text.ts';
import type { MetricsEvents } from './metrics-events.ts';
import { Refreshers } from './refreshers.ts';
import { Rejections } from './rejections.ts';
import { adviseOnCardinality, assessHealth, type CollectorState } from './self-assessment.ts';
import { SELF_METRICS, SelfMetrics } from './self-metrics.ts';
import { labelsOf, type MetricsSnapshot, readSnapshot } from './snapshot.ts';

export interface MetricsCollectorOptions {
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** Label sets kept per metric that says nothing else; what comes after falls into one overflow series. @defaultValue 1000 */
  readonly maxSeries?: number;
  /** Metrics kept, those about the collector itself apart; defining more is refused. @defaultValue 1000 */
  readonly maxMetrics?: number;
  /**
   * Upper bounds for histograms and timers that say nothing else, in seconds or whatever the unit is: finite,
   * distinct, in any order.
   *
   * @defaultValue [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
   */
  readonly defaultBuckets?: readonly number[];
}

const NOTHING_LOST = { overflowed: 0, rejected: 0, collectErrors: 0 };

type Labels = Readonly<Record<string, LabelValue>>;
type FamilyOf<Type extends MetricType> = Extract<AnyFamily, { readonly type: Type }>;

/* Those of Prometheus's own clients: 5 ms to 10 s. */
const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Keeps an application's metrics and exports them. Defining a metric wrongly throws; recording never does:
 * what can't be recorded is counted, and reported once per metric through the `error` event.
 */
export class MetricsCollector extends Emitter<MetricsEvents> implements Meter, ManagedComponent {
  readonly #clock: Clock;
  readonly #registry: Registry;
  readonly #self: SelfMetrics;
  readonly #selfFamilies: ReadonlySet<AnyFamily>;
  readonly #rejections = new Rejections((error) => this.reportError('recording', error));
  readonly #refreshers = new Refreshers((thrown) => {
    this.#tally.collectErrors += 1;
    this.#self.collectErrors.inc();
    this.reportError('callback of onCollect', thrown);
  });
  #tally = { ...NOTHING_LOST };
  #watched = false;
  #emitting = false;

  /** @throws ConfigurationError */
  constructor(options: MetricsCollectorOptions = {}) {
    const { clock, maxSeries, maxMetrics, defaultBuckets } = readOptions('MetricsCollector', options, {
      clock: option.withMethods<Clock>('now', 'monotonic').default(systemClock),
      maxSeries: option.integer({ min: 1 }).default(1000),
      maxMetrics: option.integer({ min: 1 }).default(1000),
      defaultBuckets: option.listOf(option.number()).default(DEFAULT_BUCKETS),
    });
    checkBuckets('MetricsCollector', 'defaultBuckets', defaultBuckets);
    super(clock);
    this.#clock = clock;
    this.#registry = new Registry({
      clock,
      host: this.#host(),
      // Those about the collector itself come on top.
      maxMetrics: maxMetrics + SELF_METRICS,
      defaults: { maxSeries, buckets: defaultBuckets },
    });
    this.#self = new SelfMetrics(this, maxMetrics);
    this.#selfFamilies = new Set(this.#registry);
  }

  /**
   * The metric of that name, made when there is none. Asked for again it is the same metric; what a later
   * definition leaves out is not compared, and of descriptions the first stays.
   *
   * @throws ConfigurationError for a definition that can't be used, or that differs from the first
   * @throws StateError past `maxMetrics`
   */
  defineMetric<Type extends MetricType, Label extends string = never>(
    name: string,
    definition: { readonly type: Type; readonly labels?: readonly Label[] } & OptionsByType<Label>[Type],
  ): InstrumentByType<Label>[Type] {
    const family: unknown = this.#define(name, definition, this.defineMetric);
    // A definition of this type gave it, or was refused; a family takes any labels.
    return family as InstrumentByType<Label>[Type];
  }

  /** Like {@link defineMetric}; without options, cheap enough to be called wherever something is counted. */
  counter<Label extends string = never>(
    name: string,
    options?: MetricOptions<Label>,
  ): CounterInstrument<Label> {
    return this.#get(name, 'counter', options, this.counter);
  }

  /** Like {@link counter}. */
  gauge<Label extends string = never>(name: string, options?: MetricOptions<Label>): GaugeInstrument<Label> {
    return this.#get(name, 'gauge', options, this.gauge);
  }

  /** Like {@link counter}. */
  histogram<Label extends string = never>(
    name: string,
    options?: BucketOptions<Label>,
  ): HistogramInstrument<Label> {
    return this.#get(name, 'histogram', options, this.histogram);
  }

  /** Like {@link counter}. */
  summary<Label extends string = never>(
    name: string,
    options?: QuantileOptions<Label>,
  ): SummaryInstrument<Label> {
    return this.#get(name, 'summary', options, this.summary);
  }

  /** Like {@link counter}. */
  timer<Label extends string = never>(name: string, options?: BucketOptions<Label>): TimerInstrument<Label> {
    return this.#get(name, 'timer', options, this.timer);
  }

  /** Adds to a counter, which is defined with these labels when there is none. */
  incrementCounter(name: string, value = 1, labels?: Labels): void {
    this.#recorded(name, 'counter', labels, this.incrementCounter)?.inc(value, labels);
  }

  /** Sets a gauge, which is defined with these labels when there is none. */
  setGauge(name: string, value: number, labels?: Labels): void {
    this.#recorded(name, 'gauge', labels, this.setGauge)?.set(value, labels);
  }

  /** Observes into a histogram, which is defined with these labels and the default buckets when there is none. */
  recordHistogram(name: string, value: number, labels?: Labels): void {
    this.#recorded(name, 'histogram', labels, this.recordHistogram)?.observe(value, labels);
  }

  /** Observes into a summary, which is defined with these labels and the default quantiles when there is none. */
  recordSummary(name: string, value: number, labels?: Labels): void {
    this.#recorded(name, 'summary', labels, this.recordSummary)?.observe(value, labels);
  }

  /** Records milliseconds with a timer, which is defined with these labels and the default buckets when there is none. */
  recordTimer(name: string, ms: number, labels?: Labels): void {
    this.#recorded(name, 'timer', labels, this.recordTimer)?.observe(ms, labels);
  }

  /**
   * Calls `fn` and records with a timer how long it took, whether it succeeds or fails; where the timer has
   * a label `outcome` that `labels` leaves out, it is `success` or `error`. Gives what `fn` gives, or throws
   * what it throws.
   */
  async timeFunction<T>(name: string, fn: () => T | PromiseLike<T>, labels?: Labels): Promise<T> {
    const startedMs = this.#clock.monotonic();
    const record = (outcome: 'success' | 'error'): void => {
      const ms = this.#clock.monotonic() - startedMs;
      const timer = this.#recorded(name, 'timer', labels, this.timeFunction);
      timer?.observe(ms, timer.schema.labels.includes('outcome') ? { outcome, ...labels } : labels);
    };
    try {
      const result = await fn();
      record('success');
      return result;
    } catch (error) {
      record('error');
      throw error;
    }
  }

  /**
   * Calls `refresh` before each export, to set gauges whose value is only looked up. It must not block, and
   * is not waited for. When it throws or rejects, that is counted and reported, and the export goes on.
   *
   * @throws ConfigurationError when it is no function
   */
  onCollect(refresh: () => void): Disposer {
    return this.#refreshers.add(
      readValue('MetricsCollector.onCollect', 'refresh', refresh, option.callback<() => void>()),
    );
  }

  /**
   * All metrics as text, refreshed first.
   *
   * @throws ConfigurationError for an unknown format, listing the known ones
   */
  exportMetrics(format: ExportFormat): string {
    const known = readFormat('MetricsCollector.exportMetrics', format);
    const startedMs = this.#clock.monotonic();
    const text = this.#render(known);
    this.#self.lastExportSeconds.set((this.#clock.monotonic() - startedMs) / 1000);
    return text;
  }

  /**
   * The media type to serve an export with.
   *
   * @throws ConfigurationError for an unknown format, listing the known ones
   */
  contentType(format: ExportFormat): string {
    return contentTypeOf(readFormat('MetricsCollector.contentType', format));
  }

  /** All metrics as plain objects, refreshed first. */
  collect(): MetricsSnapshot {
    this.#refresh();
    return readSnapshot(this.#registry, this.#clock.now());
  }

  /**
   * Removes the series of a metric whose labels include all of these: `{}` removes all. Handles to them no
   * longer reach an export. A metric without labels keeps its one series.
   *
   * @returns how many series there were
   */
  remove(name: string, labels: Labels): number {
    return this.#registry.get(name)?.remove(labels) ?? 0;
  }

  /** Sets all series of all metrics back to zero, and forgets that some overflowed. Handles stay good. */
  reset(): void {
    for (const family of this.#registry) family.reset();
    this.#tally = { ...NOTHING_LOST };
  }

  /** Does nothing: a collector works from its construction on. */
  start(): void {}

  /** Does nothing: a collector has no timers, and what it keeps can still be exported. */
  async stop(): Promise<void> {}

  /** How much is kept, and how much could not be. Cheap: for the values see {@link collect}. */
  snapshot(): CollectorState {
    const families = [...this.#registry];
    return {
      metrics: families.length,
      series: families.reduce((count, { series }) => count + series.length, 0),
      ...this.#tally,
      overflowing: families.filter(({ overflowed }) => overflowed > 0).length,
      failingRefreshers: this.#refreshers.failing,
    };
  }

  /** One for each metric past its `maxSeries`. */
  recommendations(): readonly Recommendation[] {
    return adviseOnCardinality(this.#registry);
  }

  healthCheck(): ComponentHealth {
    return assessHealth(this.snapshot());
  }

  /** Tells every metric whether somebody listens, so that recording need not ask. */
  protected override listenersChanged(): void {
    const watched = this.hasListeners('metric_recorded');
    if (watched === this.#watched) return;
    this.#watched = watched;
    for (const family of this.#registry) family.watched = watched && !this.#selfFamilies.has(family);
  }

  #define(name: string, definition: Definition, caller: (...args: never[]) => unknown): AnyFamily {
    const family = this.#registry.define(name, definition, caller);
    family.watched = this.#watched;
    return family;
  }

  #get<Type extends MetricType>(
    name: string,
    type: Type,
    options: OptionsByType[Type] | undefined,
    caller: (...args: never[]) => unknown,
  ): FamilyOf<Type> {
    const known = options === undefined ? this.#registry.get(name) : undefined;
    const family = known?.type === type ? known : this.#define(name, { ...options, type }, caller);
    // A definition of this type gave it, or was refused.
    return family as FamilyOf<Type>;
  }

  /** The metric that a recording is meant for; `undefined` when it can't be, which is then reported. */
  #recorded<Type extends MetricType>(
    name: string,
    type: Type,
    labels: Labels | undefined,
    caller: (...args: never[]) => unknown,
  ): FamilyOf<Type> | undefined {
    try {
      const family =
        this.#registry.get(name) ?? this.#define(name, { type, labels: Object.keys(labels ?? {}) }, caller);
      if (family.type === type) return family as FamilyOf<Type>;
      this.#rejected(name, 'type', () => `${name} is a ${family.type}, and was recorded as a ${type}`);
    } catch (thrown) {
      this.#rejected(name, 'definition', () => errorMessage(thrown));
    }
    return undefined;
  }

  #rejected(metric: string, reason: RejectionReason, explain: () => string): void {
    this.#tally.rejected += 1;
    this.#self.rejected.inc(1, { reason });
    this.#rejections.add(metric, reason, explain);
  }

  #host(): FamilyHost {
    return {
      rejected: (metric, reason, explain) => this.#rejected(metric, reason, explain),
      overflowed: (metric) => {
        this.#tally.overflowed += 1;
        this.#self.overflow.inc(1, { metric });
      },
      recorded: ({ name, type, labels }, series, value) => {
        // What a listener records must not call it again.
        if (this.#emitting) return;
        this.#emitting = true;
        this.emit('metric_recorded', { name, value, type, labels: labelsOf(labels, series) });
        this.#emitting = false;
      },
    };
  }

  #render(format: ExportFormat): string {
    if (format === 'prometheus') {
      this.#refresh();
      return renderPrometheusText(this.#registry);
    }
    return format === 'json' ? renderJson(this.collect()) : renderCsv(this.collect());
  }

  #refresh(): void {
    this.#refreshers.run();
    this.#self.series.set(this.snapshot().series);
  }
}
