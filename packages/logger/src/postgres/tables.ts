/** The names of a history's tables, as SQL. */
export interface Tables {
  readonly schema: string;
  readonly versions: string;
  readonly state: string;
  readonly instances: string;
  readonly writers: string;
  readonly series: string;
  readonly points: string;
  readonly events: string;
  readonly benchmarks: string;
  readonly deltas: string;
  readonly rollups: string;
}

/** @param schema and prefix, of letters, digits and `_` */
export function tablesIn(schema: string, prefix: string): Tables {
  const named = (table: string): string => `"${schema}"."${prefix}${table}"`;
  return {
    schema: `"${schema}"`,
    versions: named('versions'),
    state: named('state'),
    instances: named('instances'),
    writers: named('writers'),
    series: named('series'),
    points: named('points'),
    events: named('events'),
    benchmarks: named('benchmarks'),
    deltas: named('deltas'),
    rollups: named('rollups'),
  };
}
