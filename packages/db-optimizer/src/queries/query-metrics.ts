import type { BoundCounter, BoundHistogram, Meter } from '@evenkeel/core';
import type { StatementKind } from '../sql/statement.ts';

interface KindMetrics {
  readonly succeeded: BoundCounter;
  readonly failed: BoundCounter;
  readonly seconds: BoundHistogram;
}

const KINDS: readonly StatementKind[] = [
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'transaction',
  'other',
];

/** The metrics of a query log. */
export class QueryMetrics {
  readonly #kinds: ReadonlyMap<StatementKind, KindMetrics>;
  readonly #slow: BoundCounter;
  readonly #repeated: Readonly<Record<'n-plus-one' | 'redundant', BoundCounter>>;
  readonly stop: () => void;

  /** @param read what is only looked up when metrics are collected */
  constructor(meter: Meter, read: () => { readonly statements: number; readonly dropped: number }) {
    const queries = meter.counter('evenkeel_db_optimizer_queries_total', {
      description: 'Queries that were recorded, by kind of statement and outcome.',
      labels: ['kind', 'outcome'],
    });
    const seconds = meter.histogram('evenkeel_db_optimizer_query_duration_seconds', {
      description: 'Time that queries took, by kind of statement.',
      labels: ['kind'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    });
    this.#kinds = new Map(
      KINDS.map((kind) => [
        kind,
        {
          succeeded: queries.labels({ kind, outcome: 'success' }),
          failed: queries.labels({ kind, outcome: 'error' }),
          seconds: seconds.labels({ kind }),
        },
      ]),
    );
    this.#slow = meter.counter('evenkeel_db_optimizer_slow_queries_total', {
      description: 'Queries that were slow, by the threshold or beside their own history.',
    });
    const repeated = meter.counter('evenkeel_db_optimizer_repeated_queries_total', {
      description: 'Statements that repeated within a request.',
      labels: ['pattern'],
    });
    this.#repeated = {
      'n-plus-one': repeated.labels({ pattern: 'n-plus-one' }),
      redundant: repeated.labels({ pattern: 'redundant' }),
    };
    const statements = meter.gauge('evenkeel_db_optimizer_statements', {
      description: 'Groups of like statements that are kept.',
    });
    const dropped = meter.gauge('evenkeel_db_optimizer_statements_dropped', {
      description: 'Groups of like statements that gave way to others.',
    });
    this.stop = meter.onCollect(() => {
      const now = read();
      statements.set(now.statements);
      dropped.set(now.dropped);
    });
  }

  ran(kind: StatementKind, failed: boolean, durationMs: number): void {
    const metrics = this.#kinds.get(kind);
    if (!metrics) return;
    (failed ? metrics.failed : metrics.succeeded).inc();
    metrics.seconds.observe(durationMs / 1000);
  }

  slow(): void {
    this.#slow.inc();
  }

  repeated(pattern: 'n-plus-one' | 'redundant'): void {
    this.#repeated[pattern].inc();
  }
}
