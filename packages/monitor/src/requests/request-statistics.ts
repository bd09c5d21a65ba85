import { type BoundHistogram, QuantileSketch } from '@evenkeel/core';
import { DurationWindow } from './duration-window.ts';
import { NamedDurations } from './named-durations.ts';
import type { RequestContext } from './request-context.ts';

export interface RequestStatisticsOptions {
  readonly maxEndpoints: number;
  readonly windowMs: number;
  readonly apdexTargetMs: number;
  readonly succeeded: BoundHistogram;
  readonly failed: BoundHistogram;
}

const noHistogram: BoundHistogram = { observe() {} };

/** Requests, overall and by endpoint. */
export class RequestStatistics {
  readonly windowMs: number;
  readonly overall: DurationWindow;
  readonly endpoints: NamedDurations;
  readonly #succeeded: BoundHistogram;
  readonly #failed: BoundHistogram;

  constructor({ maxEndpoints, windowMs, apdexTargetMs, succeeded, failed }: RequestStatisticsOptions) {
    this.windowMs = windowMs;
    this.overall = new DurationWindow({ windowMs, targetMs: apdexTargetMs, scratch: new QuantileSketch() });
    this.endpoints = new NamedDurations({
      maxNames: maxEndpoints,
      windowMs,
      targetMs: apdexTargetMs,
      histogramOf: () => noHistogram,
    });
    this.#succeeded = succeeded;
    this.#failed = failed;
  }

  record(nowMs: number, success: boolean, durationMs: number, context: RequestContext | undefined): void {
    this.overall.record(nowMs, durationMs, success);
    (success ? this.#succeeded : this.#failed).observe(durationMs / 1000);
    if (context === undefined || context === null) return;
    const name = context.endpoint ?? context.route;
    if (typeof name !== 'string') return;
    const { method } = context;
    this.endpoints.record(nowMs, durationMs, success, name, typeof method === 'string' ? method : '');
  }
}
