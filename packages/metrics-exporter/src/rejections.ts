import { EvenkeelError } from '@evenkeel/core';
import type { RejectionReason } from './engine/series.ts';

/* A service that makes up metric names must not fill the memory with what was reported. */
const MAX_REPORTED_METRICS = 100;

/** Reports recordings that were refused: each metric's once for each reason. */
export class Rejections {
  readonly #report: (error: Error) => void;
  readonly #reported = new Map<RejectionReason, Set<string>>();

  constructor(report: (error: Error) => void) {
    this.#report = report;
  }

  add(metric: string, reason: RejectionReason, explain: () => string): void {
    const metrics = this.#reported.get(reason) ?? new Set();
    this.#reported.set(reason, metrics);
    if (metrics.has(metric) || metrics.size >= MAX_REPORTED_METRICS) return;
    metrics.add(metric);
    this.#report(new EvenkeelError(explain(), { code: 'RECORDING_REJECTED' }));
  }
}
