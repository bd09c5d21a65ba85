import { type Clock, option, readValue } from '@evenkeel/core';
import type { MonitorMetrics } from '../monitor-metrics.ts';
import { type OverheadMeter, SAMPLED_EVERY } from '../overhead/overhead-meter.ts';
import { NamedDurations } from '../requests/named-durations.ts';
import type { RequestContext } from '../requests/request-context.ts';
import { RequestStatistics } from '../requests/request-statistics.ts';
import type { Losses } from '../summary/performance-summary.ts';
import type { Timer } from '../timers/timer.ts';
import { TimerRegistry } from '../timers/timer-registry.ts';

export interface RecorderOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: MonitorMetrics;
  readonly overhead: OverheadMeter;
  readonly window: number;
  readonly apdexTarget: number;
  readonly maxEndpoints: number;
  readonly maxOperations: number;
  readonly maxOpenTimers: number;
  readonly onTimerEnd: (timer: Timer, durationMs: number) => void;
  readonly onRequest: (success: boolean, durationMs: number, context: RequestContext | undefined) => void;
}

/** What the application tells the monitor: requests and timers. These are the hot paths. */
export class Recorder {
  readonly requests: RequestStatistics;
  readonly operations: NamedDurations;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #metrics: MonitorMetrics;
  readonly #overhead: OverheadMeter;
  readonly #timers: TimerRegistry;
  readonly #onTimerEnd: (timer: Timer, durationMs: number) => void;
  readonly #onRequest: RecorderOptions['onRequest'];
  #recorded = 0;
  #started = 0;
  #rejected = 0;
  #shown = { endpoint: 0, operation: 0 };

  constructor(options: RecorderOptions) {
    const { clock, metrics, overhead, window, apdexTarget } = options;
    this.#clock = clock;
    this.#metrics = metrics;
    this.#overhead = overhead;
    this.#onTimerEnd = options.onTimerEnd;
    this.#onRequest = options.onRequest;
    this.requests = new RequestStatistics({
      maxEndpoints: options.maxEndpoints,
      windowMs: window,
      apdexTargetMs: apdexTarget,
      succeeded: metrics.succeeded,
      failed: metrics.failed,
    });
    this.operations = new NamedDurations({
      maxNames: options.maxOperations,
      windowMs: window,
      targetMs: apdexTarget,
      histogramOf: (operation) => metrics.operations.labels({ operation }),
    });
    this.#timers = new TimerRegistry({
      clock,
      maxOpen: options.maxOpenTimers,
      onEnd: (timer, durationMs, nowMs) => this.#timerEnded(timer, durationMs, nowMs),
      onDrop: () => metrics.lost('timer'),
    });
  }

  get openTimers(): number {
    return this.#timers.open;
  }

  startTimer(name: string, labels?: Readonly<Record<string, string>>): Timer {
    if (typeof name !== 'string' || name === '') {
      readValue('PerformanceMonitor.startTimer', 'name', name, option.string());
    }
    this.#started += 1;
    if (this.#started % SAMPLED_EVERY !== 0) return this.#timers.start(name, labels);
    const begunMs = this.#clock.monotonic();
    const timer = this.#timers.start(name, labels);
    this.#overhead.sampled(begunMs, this.#clock.monotonic() - begunMs);
    return timer;
  }

  endTimer(name: string): number {
    return this.#timers.end(name);
  }

  recordRequest(success: boolean, durationMs: number, context: RequestContext | undefined): void {
    if (!(Number.isFinite(durationMs) && durationMs >= 0)) {
      this.#rejected += 1;
      this.#metrics.lost('duration');
      return;
    }
    const nowMs = this.#clock.monotonic();
    this.requests.record(nowMs, success, durationMs, context);
    this.#sampleCost(nowMs);
    this.#onRequest(success, durationMs, context);
  }

  losses(): Losses {
    return {
      rejectedDurations: this.#rejected,
      droppedTimers: this.#timers.dropped,
      overflowedRequests: this.requests.endpoints.overflowed,
      overflowedOperations: this.operations.overflowed,
      evictedEndpoints: this.requests.endpoints.evicted,
    };
  }

  /** Brings the metrics of what overflowed up to date: cheaper now and then than at each recording. */
  showOverflow(): void {
    const { overflowedRequests: endpoint, overflowedOperations: operation } = this.losses();
    this.#metrics.lost('endpoint', endpoint - this.#shown.endpoint);
    this.#metrics.lost('operation', operation - this.#shown.operation);
    this.#shown = { endpoint, operation };
  }

  #timerEnded(timer: Timer, durationMs: number, nowMs: number): void {
    this.operations.record(nowMs, durationMs, true, timer.operation, '');
    this.#sampleCost(nowMs);
    this.#onTimerEnd(timer, durationMs);
  }

  /**
   * Times one recording in many, from the clock reading it begins with to one more: that contains one reading of
   * the clock, just as the recordings do that are not timed.
   */
  #sampleCost(begunMs: number): void {
    this.#recorded += 1;
    if (this.#recorded % SAMPLED_EVERY !== 0) return;
    this.#overhead.sampled(begunMs, this.#clock.monotonic() - begunMs);
  }
}
