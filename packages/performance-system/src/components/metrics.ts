import { MetricsCollector } from '@evenkeel/metrics-exporter';
import { integerField, section } from '../configuration/fields.ts';
import { componentRow } from './row.ts';

export const metrics = componentRow({
  name: 'metrics',
  section: 'metricsCollector',
  schema: section('Metrics and their export.', {
    maxSeries: integerField('Label sets that each metric may have; further ones share a series.', 1000, {
      min: 1,
    }),
  }),
  create: ({ config, clock }) => new MetricsCollector({ ...config, clock }),
});
