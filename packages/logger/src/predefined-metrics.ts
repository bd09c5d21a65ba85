import type { MetricDescription } from './recording/index.ts';

/** What is said of a metric beside its name. */
export type MetricOptions = Omit<MetricDescription, 'name'>;

/** The metrics that every logger knows from the start. */
export const PREDEFINED_METRICS: readonly MetricDescription[] = [
  {
    name: 'initialization-time',
    unit: 'ms',
    description: 'Time from the start of the process to being ready.',
    area: 'application',
    better: 'lower',
  },
  {
    name: 'cpu-usage',
    unit: '%',
    description: 'CPU time used, of what there is.',
    area: 'cpu',
    better: 'lower',
  },
  { name: 'memory-usage', unit: 'MB', description: 'Memory in use.', area: 'memory', better: 'lower' },
  {
    name: 'response-time',
    unit: 'ms',
    description: 'Time from a request to its answer.',
    area: 'http',
    better: 'lower',
  },
  {
    name: 'frame-rate',
    unit: 'fps',
    description: 'Frames shown per second.',
    area: 'rendering',
    better: 'higher',
  },
];
