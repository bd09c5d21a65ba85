import type { BoundCounter, BoundHistogram, Disposer, Meter } from '@evenkeel/core';
import type { CacheManagerStats } from './manager-statistics.ts';

/* Loads take from a lookup in memory to a slow report. */
const LOAD_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The metrics of a cache manager. What a hit counts is only read before an export. */
export class ManagerMetrics {
  readonly #meter: Meter;
  readonly #refresh: () => void;
  readonly #loadSeconds: BoundHistogram;
  readonly #loadErrors: BoundCounter;
  #cancel: Disposer | undefined;

  constructor(meter: Meter, stats: () => CacheManagerStats) {
    this.#meter = meter;
    this.#loadSeconds = meter.histogram('evenkeel_cache_load_duration_seconds', {
      description: 'Time of a loader.',
      buckets: LOAD_SECONDS,
    });
    this.#loadErrors = meter.counter('evenkeel_cache_load_errors_total', {
      description: 'Loaders that failed.',
    });
    this.#refresh = exporter(meter, stats);
  }

  start(): void {
    this.#cancel ??= this.#meter.onCollect(this.#refresh);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  loaded(ms: number, failed: boolean): void {
    this.#loadSeconds.observe(ms / 1000);
    if (failed) this.#loadErrors.inc();
  }
}

/** Sets the metrics to what the statistics say. */
function exporter(meter: Meter, stats: () => CacheManagerStats): () => void {
  const requests = meter.counter('evenkeel_cache_requests_total', {
    description: 'Reads, by result: hit, stale, miss.',
    labels: ['result'],
  });
  const removed = meter.counter('evenkeel_cache_removed_total', {
    description: 'Entries removed, by reason: capacity, expired, invalidated, deleted.',
    labels: ['reason'],
  });
  const refused = meter.counter('evenkeel_cache_refused_total', {
    description: 'Values not stored, by reason: oversize, fenced.',
    labels: ['reason'],
  });
  const tier = meter.counter('evenkeel_cache_tier_operations_total', {
    description: 'Operations of the second tier, by operation and outcome.',
    labels: ['operation', 'outcome'],
  });
  const entries = meter.gauge('evenkeel_cache_entries', { description: 'Entries in the first tier.' });
  const bytes = meter.gauge('evenkeel_cache_bytes', {
    description: 'Bytes in the first tier, if they are counted.',
  });
  const up = meter.gauge('evenkeel_cache_tier_up', {
    description: 'Whether the second tier can be used: 1, else 0.',
  });
  const raise = monotonic();
  return () => {
    const now = stats();
    for (const [result, total] of [
      ['hit', now.hits],
      ['stale', now.stale],
      ['miss', now.misses],
    ] as const) {
      raise(`requests ${result}`, requests.labels({ result }), total);
    }
    for (const [reason, total] of Object.entries(now.removed)) {
      raise(`removed ${reason}`, removed.labels({ reason }), total);
    }
    for (const [reason, total] of Object.entries(now.refused)) {
      raise(`refused ${reason}`, refused.labels({ reason }), total);
    }
    entries.set(now.entries);
    bytes.set(now.bytes);
    if (now.tier === undefined) return;
    up.set(now.tier.state === 'up' ? 1 : 0);
    for (const [operation, outcomes] of [
      ['read', now.tier.reads],
      ['write', now.tier.writes],
    ] as const) {
      for (const [outcome, total] of Object.entries(outcomes)) {
        raise(`${operation} ${outcome}`, tier.labels({ operation, outcome }), total);
      }
    }
  };
}

/** Raises counters to totals that something else has counted. */
function monotonic(): (series: string, counter: BoundCounter, total: number) => void {
  const seen = new Map<string, number>();
  return (series, counter, total) => {
    counter.inc(total - (seen.get(series) ?? 0));
    seen.set(series, total);
  };
}
