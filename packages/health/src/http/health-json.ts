import type { KnownStatus } from '../check.ts';
import type { CheckReport } from '../check-report.ts';
import type { HealthSummary } from '../health-summary.ts';
import type { ServiceInfo } from './render-health.ts';

/* The draft's own words for a status. */
const WORDS = { healthy: 'pass', warning: 'warn', critical: 'fail', unknown: 'fail' } as const;

/** A body by draft-inadarei-api-health-check-06 (application/health+json). */
export function healthJson(
  summary: HealthSummary,
  { authorised, service }: { readonly authorised: boolean; readonly service: ServiceInfo },
): object {
  const { checks, phase, ageMs } = summary;
  return {
    status: overallWord(summary),
    ...service,
    ...(phase === 'running' ? {} : { notes: [phase] }),
    ...(ageMs === undefined ? {} : { ageMs: Math.round(ageMs) }),
    checks: Object.fromEntries(
      Object.values(checks).map((report) => [
        // The draft's keys are component:measurement; a name with a colon already is one.
        report.name.includes(':') ? report.name : `${report.name}:responseTime`,
        [checkEntry(report, authorised)],
      ]),
    ),
  };
}

/** `pass` and `warn` go with 200 and `fail` with 503, so what is not well but answered with 200 warns. */
export function overallWord({ ok, status }: { readonly ok: boolean; readonly status: KnownStatus }): string {
  if (!ok) return 'fail';
  return status === 'healthy' ? 'pass' : 'warn';
}

function checkEntry(report: CheckReport, authorised: boolean): object {
  const { name, status, message, details, critical, componentType } = report;
  const { checkedAt, ageMs, durationMs, lateRuns, lateMs, lateStatus } = report;
  const word = WORDS[status];
  return {
    componentId: name,
    componentType,
    status: word,
    critical,
    ...(checkedAt === undefined ? {} : { time: new Date(checkedAt).toISOString() }),
    ...(ageMs === undefined ? {} : { ageMs: Math.round(ageMs) }),
    ...(durationMs === undefined ? {} : { observedValue: round(durationMs), observedUnit: 'ms' }),
    ...(lateMs === undefined ? {} : { lateRuns, lateMs: round(lateMs), lateStatus }),
    ...(authorised && word !== 'pass' ? { output: message } : {}),
    ...(authorised && details ? { details } : {}),
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
