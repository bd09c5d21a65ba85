/** Paths into the summary that a threshold may watch. All others are paths into the snapshot. */
export const SUMMARY_PATHS = [
  'requestRate',
  'errorRate',
  'responseTime.mean',
  'responseTime.p50',
  'responseTime.p95',
  'responseTime.p99',
  'responseTime.max',
  'apdex',
  'score',
  'overhead.ratio',
] as const;

export type SummaryPath = (typeof SUMMARY_PATHS)[number];

/** First parts of the summary's paths; no collector may have one of them as its name. */
export const SUMMARY_ROOTS: ReadonlySet<string> = new Set(SUMMARY_PATHS.map(rootOf));

export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

export function isSummaryPath(path: string): path is SummaryPath {
  return (SUMMARY_PATHS as readonly string[]).includes(path);
}

/** The number at a path such as `memory.spaces.old_space.usedBytes`; `undefined` where there is none. */
export function numberAt(data: object, path: string): number | undefined {
  let value: unknown = data;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
