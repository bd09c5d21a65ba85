import type { ComponentHealth, Recommendation } from '@evenkeel/core';
import { MAX_LABEL_VALUE_LENGTH, OVERFLOW } from './engine/family.ts';
import type { AnyFamily } from './engine/registry.ts';

/** The collector's state, as far as its health depends on it. */
export interface CollectorState {
  readonly metrics: number;
  readonly series: number;
  readonly overflowed: number;
  readonly rejected: number;
  readonly collectErrors: number;
  /** Callbacks that failed before the last export. */
  readonly failingRefreshers: number;
  /** Metrics whose new label sets get the overflow series. */
  readonly overflowing: number;
}

/* Each of the two faults leaves most metrics right, so neither alone is critical. */
const PENALTY = 25;

/** 100, less 25 while a metric overflows and 25 while a callback fails. */
export function assessHealth(state: CollectorState): ComponentHealth {
  const faults = (state.overflowing > 0 ? 1 : 0) + (state.failingRefreshers > 0 ? 1 : 0);
  return {
    score: 100 - PENALTY * faults,
    status: faults > 0 ? 'warning' : 'healthy',
    metrics: { ...state },
  };
}

/** Advice for each metric past its series cap, with the label that takes the most values. */
export function adviseOnCardinality(families: Iterable<AnyFamily>): Recommendation[] {
  return Array.from(families)
    .filter((family) => family.overflowed > 0)
    .map((family): Recommendation => {
      const { name, maxSeries } = family.schema;
      const distinctValues = countDistinctValues(family);
      const [widest = '', count = 0] =
        Object.entries(distinctValues).sort(([, first], [, second]) => second - first)[0] ?? [];
      return {
        id: `metrics-exporter.series-cap.${name}`,
        component: 'metrics-exporter',
        priority: 'high',
        message: `${name} got new label sets past what it keeps (${maxSeries} series, values of ${MAX_LABEL_VALUE_LENGTH} characters); label ${widest} has the most values (${count}). Give it fewer values, such as a route pattern in place of a URL, or raise maxSeries.`,
        evidence: { metric: name, maxSeries, overflowed: family.overflowed, distinctValues },
        automated: false,
      };
    });
}

function countDistinctValues(family: AnyFamily): Record<string, number> {
  const kept = family.series.filter(({ values }) => values.some((value) => value !== OVERFLOW));
  return Object.fromEntries(
    family.schema.labels.map((label, index) => [
      label,
      new Set(kept.map(({ values }) => values[index])).size,
    ]),
  );
}
