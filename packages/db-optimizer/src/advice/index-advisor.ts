import { type Clock, EvenkeelError, type Queryable } from '@evenkeel/core';
import { confirmDrops, type IndexAnalysis, type IndexFinding } from '../analysis/index.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { readCatalogue } from '../catalogue/read-catalogue.ts';
import { inspect } from '../session/inspect.ts';
import type { SqlParser } from '../sql/sql-parser.ts';
import { chooseWhatIf, type WhatIfFactory } from '../what-if/choose-what-if.ts';
import { advise } from './advise.ts';
import { readWorkload } from './read-workload.ts';
import {
  type RecommendIndexesOptions,
  readRecommendIndexesOptions,
  type WorkloadSource,
} from './recommend-options.ts';
import type { IndexAdvice } from './recommendation.ts';
import { readStatementStatistics } from './statement-statistics.ts';
import type { WorkloadQuery } from './workload.ts';
import { readWorkloadFiles } from './workload-files.ts';

export interface IndexAdvisorParts {
  readonly database: Queryable;
  readonly parser: SqlParser;
  readonly clock: Clock;
  /** What to use where HypoPG is not there. */
  readonly twin: WhatIfFactory | undefined;
  /** What was seen of this application. */
  seen(): Workload;
}

/** A workload, and how long it took in ms, where that is known. */
interface Workload {
  readonly workload: readonly WorkloadQuery[];
  readonly windowMs: number | undefined;
  readonly missing?: readonly string[];
}

/** Recommends indexes: reads the workload and the catalogue, chooses how to ask the planner, and lets it be advised. */
export class IndexAdvisor {
  readonly #parts: IndexAdvisorParts;

  constructor(parts: IndexAdvisorParts) {
    this.#parts = parts;
  }

  /** @throws ConfigurationError, EvenkeelError where the workload is empty or nothing can answer what-if questions */
  async recommend(options: RecommendIndexesOptions | undefined): Promise<IndexAdvice> {
    const settings = readRecommendIndexesOptions(options);
    const { database, parser, clock, twin } = this.#parts;
    const { signal } = settings;
    signal?.throwIfAborted();
    const { workload, windowMs, missing = [] } = await this.#workload(settings.workload);
    if (workload.length === 0) {
      throw new EvenkeelError('there is no query in the workload: let some run first, or give queries', {
        code: 'EMPTY_WORKLOAD',
      });
    }
    const catalogue = await this.#readCatalogue(signal);
    const { whatIf, missing: unavailable } = await chooseWhatIf(database, catalogue, { twin, signal, clock });
    try {
      const advice = await advise({ ...settings, workload, windowMs, catalogue, whatIf, parser, clock });
      return { ...advice, missing: [...missing, ...advice.missing, ...unavailable] };
    } finally {
      await whatIf.close();
    }
  }

  /**
   * Asks what the queries that were seen would cost without each index that is said to be superfluous, where the method
   * can hide one: the twin, or an embedded database.
   */
  async confirmDrops(analysis: IndexAnalysis): Promise<IndexAnalysis> {
    const { database, parser, clock, twin } = this.#parts;
    const { workload } = this.#parts.seen();
    const catalogue = await this.#readCatalogue();
    const statements = await readWorkload({ workload, parser, catalogue, signal: undefined }, []);
    const queries = statements.map(({ query }) => query);
    const { whatIf } = await chooseWhatIf(database, catalogue, { twin, clock });
    const confirm = (findings: readonly IndexFinding[]) => confirmDrops(findings, { whatIf, queries });
    try {
      return {
        ...analysis,
        duplicate: await confirm(analysis.duplicate),
        covered: await confirm(analysis.covered),
        unused: await confirm(analysis.unused),
      };
    } finally {
      await whatIf.close();
    }
  }

  #readCatalogue(signal?: AbortSignal): Promise<Catalogue> {
    const { database, clock } = this.#parts;
    return inspect(database, (session) => readCatalogue(session, { withViews: true }), { signal, clock });
  }

  #workload(source: WorkloadSource): Workload | Promise<Workload> {
    const { database, parser, clock } = this.#parts;
    if (source === 'application') return this.#parts.seen();
    if (source === 'pg_stat_statements') return inspect(database, readStatementStatistics, { clock });
    if ('files' in source) {
      return readWorkloadFiles(source.files, parser).then((workload) => ({ workload, windowMs: undefined }));
    }
    return { workload: source, windowMs: undefined };
  }
}
