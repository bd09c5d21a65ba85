import type { HealthKind } from '../check.ts';
import { HEALTH_FORMATS, type HealthFormat } from './negotiate.ts';

/** What a probe's URL asks for. */
export interface ProbeRequest {
  readonly kind: HealthKind | 'all';
  readonly verbose: boolean | undefined;
  readonly format: HealthFormat | undefined;
}

/* Relative to /health, to / for a handler that is mounted there, and as Kubernetes names its own. */
const KINDS: ReadonlyMap<string, HealthKind | 'all'> = new Map([
  ['/', 'all'],
  ['/health', 'all'],
  ['/healthz', 'all'],
  ['/live', 'liveness'],
  ['/health/live', 'liveness'],
  ['/livez', 'liveness'],
  ['/ready', 'readiness'],
  ['/health/ready', 'readiness'],
  ['/readyz', 'readiness'],
  ['/startup', 'startup'],
  ['/health/startup', 'startup'],
  ['/started', 'startup'],
  ['/health/started', 'startup'],
  ['/startupz', 'startup'],
]);

/**
 * Reads a probe's URL: its path tells the kind, `?verbose` (or `?verbose=false`) and `?format=` what to show.
 * Other parameters are ignored, as some probers add one against caches. `undefined` for a path that is none
 * of ours, unless the kind is given.
 */
export function readProbeRequest(url: string, kind?: HealthKind | 'all'): ProbeRequest | undefined {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const asked = kind ?? KINDS.get(path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path || '/');
  if (asked === undefined) return undefined;
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  const format = query.get('format');
  return {
    kind: asked,
    verbose: readFlag(query.get('verbose')),
    format: HEALTH_FORMATS.find((each) => each === format),
  };
}

function readFlag(value: string | null): boolean | undefined {
  return value === null ? undefined : value !== '0' && value !== 'false';
}
