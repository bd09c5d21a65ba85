import { type Clock, option, type Queryable, readOptions, systemClock } from '@evenkeel/core';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { IndexSizes } from '../indexes/index-size.ts';
import { inspect } from '../session/inspect.ts';
import { Twin } from './build/twin.ts';
import { readSnapshot } from './source/read-snapshot.ts';
import { TwinWhatIf } from './twin-what-if.ts';

export interface StatisticsTwinOptions {
  /**
   * Whether values stay in the database: neither common values nor the bounds of histograms are read, only counts,
   * shares and widths. Costs of conditions on constants are then rough.
   * @defaultValue false
   */
  readonly redact?: boolean;
  /** Tables and views to imitate at the most, the largest first. @defaultValue 2000 */
  readonly maxTables?: number;
  /** What one statement of the twin may take, a plan say. @defaultValue '30s' */
  readonly timeout?: number | string;
}

/** Builds the twin of a database whose catalogue was read. */
export type OpenTwin = (
  database: Queryable,
  catalogue: Catalogue,
  options?: { readonly signal?: AbortSignal | undefined; readonly clock?: Clock },
) => Promise<TwinWhatIf>;

/**
 * A way to cost indexes without an extension in the database, and without a row of it: a PostgreSQL inside this
 * process (PGlite 18) that is given the schema, the statistics and the settings of yours, with empty files that look
 * as long as yours. It needs nothing but the right to read, and `@electric-sql/pglite` installed.
 *
 * @returns builds it, in some 5 s; throws TwinError where it can't be built
 * @throws ConfigurationError for options that can't be used
 */
export function statisticsTwin(options: StatisticsTwinOptions = {}): OpenTwin {
  const { redact, maxTables, timeout } = readOptions('statisticsTwin', options, {
    redact: option.boolean().default(false),
    maxTables: option.integer({ min: 1, max: 100_000 }).default(2000),
    timeout: option.duration({ min: 1 }).default(30_000),
  });
  return async (database, catalogue, { signal, clock = systemClock } = {}) => {
    const snapshot = await inspect(database, (session) => readSnapshot(session, { redact, maxTables }), {
      signal,
      clock,
    });
    const heights = existingHeights(catalogue);
    const heightOf = (schema: string, index: string): number => heights.get(indexKey(schema, index)) ?? 0;
    return await TwinWhatIf.open(catalogue, () =>
      Twin.build(snapshot, { timeoutMs: timeout, clock, signal, heightOf }),
    );
  };
}

function existingHeights(catalogue: Catalogue): ReadonlyMap<string, number> {
  const sizes = new IndexSizes(catalogue);
  return new Map(
    catalogue.tables.flatMap(({ indexes }) =>
      indexes.map((index) => [indexKey(index.schema, index.name), sizes.of(index).height] as const),
    ),
  );
}

function indexKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
