import { describeValue, type Recommendation } from '@evenkeel/core';
import type { Area } from '../../log-record.ts';
import type { ReportRecommendation } from '../report.ts';
import { PRIORITY_RANK } from './advice.ts';

/* What a reader takes in; the host has the rest. */
const MAX_EVIDENCE = 10;
const LONGEST_MESSAGE = 1000;

const AREA_OF_COMPONENT: ReadonlyMap<string, Area> = new Map([
  ['database', 'database'],
  ['db-optimizer', 'database'],
  ['cache', 'cache'],
  ['loadBalancer', 'network'],
  ['load-balancer', 'network'],
  ['allocator', 'cpu'],
  ['browser', 'userExperience'],
]);

/** The host's advice as a report gives it; what is no recommendation is left out. */
export function readHostAdvice(recommendations: readonly Recommendation[]): ReportRecommendation[] {
  return recommendations.filter(isRecommendation).map(({ id, component, priority, message, evidence }) => {
    const area = AREA_OF_COMPONENT.get(component);
    return {
      id,
      priority,
      ...(area ? { area } : {}),
      message: message.slice(0, LONGEST_MESSAGE),
      evidence: Object.entries(evidence ?? {})
        .slice(0, MAX_EVIDENCE)
        .map(
          ([name, value]) =>
            `${name}: ${typeof value === 'string' ? value.slice(0, LONGEST_MESSAGE) : describeValue(value)}`,
        ),
    };
  });
}

/* What a host's function gives is only known at run time. */
function isRecommendation(value: unknown): value is Recommendation {
  if (typeof value !== 'object' || value === null) return false;
  const { id, priority, message, evidence } = value as Partial<Record<keyof Recommendation, unknown>>;
  return (
    typeof id === 'string' &&
    typeof message === 'string' &&
    typeof priority === 'string' &&
    Object.hasOwn(PRIORITY_RANK, priority) &&
    (evidence === undefined || typeof evidence === 'object')
  );
}
