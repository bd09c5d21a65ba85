import type { Rule } from '@evenkeel/alerts';

/** What is to be told beside what the components find out by themselves; in minutes, so that a visitor sees it. */
export const ALERT_RULES: readonly Rule[] = [
  {
    kind: 'threshold',
    name: 'answers are slow',
    metric: 'response-time',
    aggregate: 'p95',
    window: '30s',
    above: 250,
    clear: 150,
    for: '10s',
    message: 'The slowest twentieth of the answers take more than {{value}} ms',
  },
  {
    kind: 'burn-rate',
    name: 'errors use up the budget',
    objective: 0.995,
    indicator: { errors: 'failed-requests', total: 'requests' },
    windows: [{ long: '5m', short: '30s', factor: 10 }],
  },
  {
    kind: 'absence',
    name: 'nothing is measured',
    metric: 'cpu-usage',
    for: '1m',
    severity: 'critical',
  },
];
