import type { Alert, ComponentState, HealthStatus, Priority, Recommendation } from '@evenkeel/core';
import type { HealthSummary } from '@evenkeel/health';
import type { PerformanceSummary } from '@evenkeel/monitor';
import { overallScore, type ScorePart } from './score.ts';

/** A recommendation as data: what its action would do, without the means to do it. */
export type RecommendationView = Omit<Recommendation, 'action'> & { readonly action?: string };

/** A component on the dashboard. */
export interface ComponentView {
  readonly state: ComponentState;
  /** Its own state; `{ error }` where it could not be had. */
  readonly snapshot: object;
}

/** The numbers at the top of the dashboard. */
export interface DashboardSummary {
  /** From 0 (useless) to 100 (as good as it can be); `scoreParts` says how it comes about. */
  readonly overallScore: number;
  readonly scoreParts: readonly ScorePart[];
  readonly requestsPerSecond: number;
  /** Failed requests to all requests, from 0 to 1. */
  readonly errorRate: number;
  /** In ms. */
  readonly responseTime: PerformanceSummary['responseTime'];
  readonly activeAlerts: number;
  readonly recommendations: number;
}

/** What `getPerformanceDashboard()` gives: plain data, ready for JSON. */
export interface PerformanceDashboard {
  /** The version of this form; it changes when a field goes or means something else. */
  readonly version: 1;
  /** When it was made, in ms since 1970. */
  readonly timestamp: number;
  readonly status: HealthStatus | 'unknown' | 'stopped';
  /** Since the system was started, in ms; 0 while it is not. */
  readonly uptime: number;
  readonly summary: DashboardSummary;
  readonly health: HealthSummary;
  readonly performance: PerformanceSummary;
  readonly components: Readonly<Record<string, ComponentView>>;
  readonly alerts: readonly Alert[];
  readonly recommendations: readonly RecommendationView[];
}

/** What the dashboard is put together from. */
export interface DashboardInput {
  readonly timestamp: number;
  /** Undefined while the system is stopped. */
  readonly startedAt: number | undefined;
  readonly health: HealthSummary;
  readonly performance: PerformanceSummary;
  readonly components: Readonly<Record<string, ComponentView>>;
  readonly alerts: readonly Alert[];
  readonly recommendations: readonly Recommendation[];
}

/** Puts the dashboard together. Pure. */
export function buildDashboard(input: DashboardInput): PerformanceDashboard {
  const { timestamp, startedAt, health, performance, components, alerts, recommendations } = input;
  const isKnown = Object.values(health.checks).some(({ status }) => status !== 'unknown');
  const score = overallScore({
    health: isKnown ? { score: health.score, status: health.status } : undefined,
    performance: { score: performance.score, reason: reasonOf(performance) },
    alerts,
  });
  return {
    version: 1,
    timestamp,
    status: startedAt === undefined ? 'stopped' : health.status,
    uptime: startedAt === undefined ? 0 : timestamp - startedAt,
    summary: {
      overallScore: score.overallScore,
      scoreParts: score.parts,
      requestsPerSecond: performance.requestRate,
      errorRate: performance.errorRate,
      responseTime: performance.responseTime,
      activeAlerts: alerts.length,
      recommendations: recommendations.length,
    },
    health,
    performance,
    components,
    alerts,
    recommendations: recommendations.map(viewOf),
  };
}

/** The parts of the monitor's score, the worst first: `memory 40 (0.9), errors 100 (0)`. */
function reasonOf({ scoreParts }: PerformanceSummary): string {
  const parts = [...scoreParts].sort((a, b) => a.score - b.score);
  const words = parts.map(
    ({ name, score, value }) => `${name} ${Math.round(score)} (${Number(value.toPrecision(3))})`,
  );
  return words.length === 0 ? 'nothing is known yet' : words.join(', ');
}

function viewOf({ action, ...rest }: Recommendation): RecommendationView {
  return action ? { ...rest, action: action.describe } : rest;
}

const PRIORITY_ORDER: Readonly<Record<Priority, number>> = { critical: 0, high: 1, medium: 2, low: 3 };

/** The same advice once, the most urgent first. */
export function orderRecommendations(recommendations: Iterable<Recommendation>): Recommendation[] {
  const byId = new Map([...recommendations].map((each) => [each.id, each]));
  return [...byId.values()].sort((a, b) => PRIORITY_ORDER[a.priority] - PRIORITY_ORDER[b.priority]);
}
