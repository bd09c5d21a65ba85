import type { PerformanceReport, ReportRecommendation } from '../report.ts';

/* A finding that comes and goes is told once in this time. */
const GONE_AFTER_MS = 15 * 60_000;
/* More are not told apart. */
const MAX_FINDINGS = 1000;

/** The critical findings that are known, so that each is told once until it is gone. */
export class CriticalFindings {
  /* By identity, when it was last seen. */
  readonly #seen = new Map<string, number>();

  get ids(): string[] {
    return [...this.#seen.keys()];
  }

  /**
   * Takes in what a report has found; returns what was not known.
   *
   * @param nowMs monotonic
   */
  update(report: PerformanceReport, nowMs: number): ReportRecommendation[] {
    for (const [id, seenMs] of this.#seen) if (nowMs - seenMs >= GONE_AFTER_MS) this.#seen.delete(id);
    const fresh: ReportRecommendation[] = [];
    for (const finding of report.recommendations) {
      if (finding.priority !== 'critical') continue;
      const isKnown = this.#seen.has(finding.id);
      if (!isKnown && this.#seen.size >= MAX_FINDINGS) continue;
      if (!isKnown) fresh.push(finding);
      this.#seen.set(finding.id, nowMs);
    }
    return fresh;
  }
}
