import type { HealthStatus } from '@evenkeel/core';
import type { HealthKind, KnownStatus } from './check.ts';
import { STATUS_VALUE } from './check-metrics.ts';
import type { CheckReport } from './check-report.ts';
import { SEVERITY } from './damping.ts';

/** Where the process is in its life. */
export type HealthPhase = 'starting' | 'running' | 'draining';

/** What is known of all checks, or of those of one kind. Plain data. */
export interface HealthSummary {
  readonly kind: HealthKind | 'all';
  /** The worst of the checks, degradable ones counting as warnings at most; `unknown` while a critical one is. */
  readonly status: KnownStatus;
  /** The answer to a probe of this kind: 200 or 503. */
  readonly ok: boolean;
  readonly phase: HealthPhase;
  /** From 0 to 100; see {@link healthScore}. */
  readonly score: number;
  /** When the summary was made, in ms since 1970. */
  readonly timestamp: number;
  /** Age of its oldest result, in ms. Absent without results. */
  readonly ageMs?: number;
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** What a summary is made of. */
export interface SummaryInput {
  readonly kind: HealthKind | 'all';
  readonly phase: HealthPhase;
  readonly timestamp: number;
  readonly reports: readonly CheckReport[];
}

/** Puts the reports of checks together. Pure. */
export function summarise({ kind, phase, timestamp, reports }: SummaryInput): HealthSummary {
  const status = worstStatus(reports);
  const ages = reports.flatMap(({ ageMs }) => (ageMs === undefined ? [] : [ageMs]));
  return {
    kind,
    status,
    ok: isOk(kind, phase, status),
    phase,
    score: healthScore(status, reports),
    timestamp,
    ...(ages.length > 0 ? { ageMs: Math.max(...ages) } : {}),
    checks: Object.fromEntries(reports.map((report) => [report.name, report])),
  };
}

/**
 * The worst of what the checks contribute. A check that is not critical contributes a warning at most, and
 * nothing while it is unknown; an unknown critical one outweighs warnings, and gives way to what is known to
 * be critical.
 */
export function worstStatus(reports: readonly Pick<CheckReport, 'status' | 'critical'>[]): KnownStatus {
  let worst: HealthStatus = 'healthy';
  let isUnknown = false;
  for (const { status, critical } of reports) {
    if (status === 'unknown') {
      isUnknown ||= critical;
    } else {
      const contribution = status === 'critical' && !critical ? 'warning' : status;
      if (SEVERITY[contribution] > SEVERITY[worst]) worst = contribution;
    }
  }
  return isUnknown && worst !== 'critical' ? 'unknown' : worst;
}

/** Liveness needs evidence to fail, as it costs a restart; all others need evidence to pass. */
function isOk(kind: HealthKind | 'all', phase: HealthPhase, status: KnownStatus): boolean {
  if (kind === 'liveness') return status !== 'critical';
  if (kind === 'startup') return phase !== 'starting';
  return phase === 'running' && (status === 'healthy' || status === 'warning');
}

/* A failing critical check weighs as much as two degradable ones. */
const CRITICAL_WEIGHT = 2;
const DEGRADABLE_WEIGHT = 1;

/* So that no number of healthy checks hides a bad status: below 40 reads as critical, below 80 as warning. */
const HIGHEST_SCORE: Readonly<Record<KnownStatus, number>> = {
  healthy: 100,
  warning: 79,
  unknown: 79,
  critical: 39,
};

/**
 * `min(cap, 100 × Σ weight × value / Σ weight)` over the checks that are known: value 1 healthy, 0.5 warning,
 * 0 critical; weight 2 for critical checks, 1 for others; cap 100 where the status is healthy, 79 for warning
 * and unknown, 39 for critical. 100 × 1 before the cap where no check is known.
 */
export function healthScore(status: KnownStatus, reports: readonly CheckReport[]): number {
  let sum = 0;
  let weights = 0;
  for (const report of reports) {
    if (report.status === 'unknown') continue;
    const weight = report.critical ? CRITICAL_WEIGHT : DEGRADABLE_WEIGHT;
    sum += weight * STATUS_VALUE[report.status];
    weights += weight;
  }
  const average = weights === 0 ? 100 : (100 * sum) / weights;
  return Math.min(HIGHEST_SCORE[status], Math.round(average));
}
