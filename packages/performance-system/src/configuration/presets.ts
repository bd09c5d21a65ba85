import type { Environment, PerformanceConfigInput } from './schema.ts';

/** What differs from the schema's defaults by environment. */
export const PRESETS: Readonly<Record<Environment, PerformanceConfigInput>> = {
  development: {},
  // Probes and dashboards of many instances add up.
  production: {
    performanceMonitor: { collectInterval: '10s' },
  },
  // Tests want answers now, and leave nothing behind that makes them wait.
  testing: {
    shutdownTimeout: '1s',
    performanceMonitor: { collectInterval: '1s' },
    healthChecker: { interval: '1s' },
  },
};
