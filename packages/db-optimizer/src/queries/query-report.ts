import type { StatementKind } from '../sql/statement.ts';
import type { StatementGroup } from './statement-group.ts';

/** How the runs of a group of like statements went. Times in ms. */
export interface QueryReport {
  readonly id: string;
  /** With `$n` for every constant. */
  readonly normalized: string;
  readonly kind: StatementKind;
  readonly calls: number;
  readonly errors: number;
  readonly totalMs: number;
  /** Of the time of all groups, from 0 to 1. */
  readonly share: number;
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** In the mean, where known. */
  readonly rows: number | undefined;
  /** Runs that were slow by the threshold, or beside the group's own history. */
  readonly slowRuns: number;
  /** Epoch ms. */
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** Reports on the groups, those that took most time first. */
export function reportOn(groups: Iterable<StatementGroup>): QueryReport[] {
  const all = [...groups].filter(({ statistics }) => statistics.calls > 0);
  const totalMs = all.reduce((sum, { statistics }) => sum + statistics.totalMs, 0);
  return all
    .map(({ identity, statistics, slowRuns }) => ({
      id: identity.id,
      normalized: identity.normalized,
      kind: identity.kind,
      calls: statistics.calls,
      errors: statistics.errors,
      totalMs: statistics.totalMs,
      share: totalMs > 0 ? statistics.totalMs / totalMs : 0,
      meanMs: statistics.meanMs,
      medianMs: statistics.quantile(0.5),
      p95Ms: statistics.quantile(0.95),
      p99Ms: statistics.quantile(0.99),
      maxMs: statistics.maxMs,
      rows: statistics.meanRows,
      slowRuns,
      firstSeen: statistics.firstSeen,
      lastSeen: statistics.lastSeen,
    }))
    .sort((a, b) => b.totalMs - a.totalMs);
}
