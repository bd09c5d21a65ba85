import { AREAS, type MetricDefinition } from '../log-record.ts';

/**
 * The definition in a record or in what was once stored of one, without what does not belong to it. Fields that are
 * absent or of another type read as unknown.
 */
export function metricDefinition(name: string, stored: object): MetricDefinition {
  const { unit, description, area, better, target } = stored as Partial<Record<string, unknown>>;
  return {
    name,
    unit: typeof unit === 'string' ? unit : '',
    description: typeof description === 'string' ? description : '',
    area: AREAS.find((known) => known === area) ?? 'application',
    ...((better === 'lower' || better === 'higher') && { better }),
    ...(Number.isFinite(target) && { target: Number(target) }),
  };
}
