import type { PoolSnapshot } from './pool-monitor.ts';
import { roomFor, type ServerConnections } from './server-connections.ts';

/** What may be wrong with a pool. */
export type PoolProblem =
  /** Connections are held and not used: they were never given back. */
  | 'leak'
  /** Connections are held for much longer than their queries take, and others wait meanwhile. */
  | 'held-idle'
  /** The queries take longer than they used to, or than with fewer at once: more connections would not help. */
  | 'database-slow'
  /** Connections are waited for, while the database could serve more at once. */
  | 'too-small'
  /** Far more connections than were ever used, or than bring throughput. */
  | 'too-large'
  /** All pools together may ask for more connections than the server has. */
  | 'max-connections';

interface PoolDiagnosis {
  readonly problem: PoolProblem;
  /** In plain words, with the figures. */
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** How many connections a pool should have. */
interface PoolSize {
  /** What it may have now. */
  readonly current: number;
  /**
   * What is asked of it, by Little's law: those in use and those who wait, with room so that waiting is rare; not more
   * than the knee. NaN while nothing was seen.
   */
  readonly needed: number;
  readonly knee: number | undefined;
  /** Most that there is room for on the server; undefined where the server was not asked. */
  readonly room: number | undefined;
  /** What to set, the same as `current` where nothing is to be done. */
  readonly recommended: number;
}

/** What is to be said of a pool. */
export interface PoolAdvice {
  readonly pool: PoolSnapshot;
  readonly server: ServerConnections | undefined;
  /** The most urgent first; empty where all is well. */
  readonly diagnoses: readonly PoolDiagnosis[];
  readonly size: PoolSize;
}

/* Fewer requests in the window say nothing of waiting. */
const ENOUGH_REQUESTS = 20;

/* Waiting matters from so many waiting in the mean, or from this part of the time that connections are held. */
const WAITING = 0.5;
const WAIT_SHARE = 0.5;
const WAIT_MS = 1;

/* Queries are slow at this many times their usual time, where that is noticed at all. */
const SLOWER = 2;
const SLOWER_BY_MS = 1;

/* At this much of the time without a query, it is the application that holds connections. */
const IDLE_SHARE = 0.5;

/* Well beyond the knee. */
const BEYOND = 1.25;

/* Servers are staffed with the load and so many roots of it (S. Halfin and W. Whitt, Operations Research 29, 1981). */
const ROOTS = 2;

/* The knee is not known beyond what was tried: one step at a time. */
const GROWTH = 2;

/* A pool of up to so many is never too large; nor is any before it was seen for some time. */
const SMALL = 10;
const LONG_ENOUGH_MS = 600_000;

/** Tells what is wrong with a pool. */
export function adviseOnPool(pool: PoolSnapshot, server: ServerConnections | undefined): PoolAdvice {
  const diagnoses = [
    ...leaks(pool),
    ...(isWaitedFor(pool) ? waiting(pool) : []),
    ...slowness(pool),
    ...overcommitment(pool, server),
    ...excess(pool),
  ];
  return { pool, server, diagnoses, size: sizeOf(pool, server, diagnoses) };
}

function leaks({ leaks, max }: PoolSnapshot): PoolDiagnosis[] {
  if (leaks.length === 0) return [];
  const longestMs = Math.max(...leaks.map(({ idleMs }) => idleMs));
  const site = leaks.find((leak) => leak.site)?.site;
  const where = site ? `; one was asked for at ${site[0]}` : '';
  const reason = `${leaks.length} of at most ${max} connections are held and not used, one for ${ms(longestMs)}${where}`;
  return [{ problem: 'leak', reason, evidence: { leaks } }];
}

/** Whether waiting for connections costs the application anything. */
function isWaitedFor({ waitMs, holdMs, meanWaiting, timeouts }: PoolSnapshot): boolean {
  if (timeouts > 0) return true;
  if (waitMs.count < ENOUGH_REQUESTS) return meanWaiting >= 1;
  return meanWaiting >= WAITING || waitMs.p95 >= Math.max(WAIT_MS, WAIT_SHARE * holdMs.mean);
}

/** What is to blame for it: one thing only. */
function waiting(pool: PoolSnapshot): PoolDiagnosis[] {
  const { max, waitMs, holdMs, queryMs, queryShare, meanWaiting, timeouts, knee, leaks } = pool;
  const evidence = {
    max,
    waitMs,
    holdMs,
    queryMs,
    queryShare,
    meanWaiting,
    timeouts,
    knee,
    utilisation: pool.utilisation,
  };
  const wait = waitMs.count > 0 ? `${ms(waitMs.mean)} in the mean, ${ms(waitMs.p95)} at p95` : 'in vain';
  // Others wait because these are missing; and slow queries are told of for themselves.
  if (leaks.length > 0 || isSlow(pool)) return [];
  if (isBeyondKnee(pool)) {
    const reason = `connections are waited for (${wait}), but the database does no more with ${round(pool.meanInUse)} queries at once than with ${knee}`;
    return [{ problem: 'database-slow', reason, evidence }];
  }
  if (holdMs.count > 0 && queryShare < IDLE_SHARE) {
    const percent = Math.round(100 * (1 - queryShare));
    const reason = `connections are waited for (${wait}), and ${percent} % of the ${ms(holdMs.mean)} that one is held no query is under way`;
    return [{ problem: 'held-idle', reason, evidence }];
  }
  const reason = `connections are waited for (${wait}), while the database takes no longer than with fewer at once`;
  return [{ problem: 'too-small', reason, evidence }];
}

function slowness(pool: PoolSnapshot): PoolDiagnosis[] {
  if (!isSlow(pool)) return [];
  const { queryMs, usualQueryMs } = pool;
  const reason = `queries take ${ms(queryMs.p50)} in the median, and ${ms(usualQueryMs)} usually`;
  return [{ problem: 'database-slow', reason, evidence: { queryMs, usualQueryMs } }];
}

function isSlow({ queryMs, usualQueryMs }: PoolSnapshot): boolean {
  return (
    queryMs.count >= ENOUGH_REQUESTS &&
    queryMs.p50 >= SLOWER * usualQueryMs &&
    queryMs.p50 >= usualQueryMs + SLOWER_BY_MS
  );
}

function isBeyondKnee({ knee, meanInUse }: PoolSnapshot): boolean {
  return knee !== undefined && meanInUse >= BEYOND * knee;
}

function overcommitment(pool: PoolSnapshot, server: ServerConnections | undefined): PoolDiagnosis[] {
  if (!server) return [];
  const room = roomFor(server);
  const others = Math.max(0, server.used - pool.total);
  if (pool.max + others <= room) return [];
  const reason = `this pool may take ${pool.max} connections, others have ${others}, and the server has room for ${room}`;
  return [
    { problem: 'max-connections', reason, evidence: { ...server, room, max: pool.max, total: pool.total } },
  ];
}

function excess(pool: PoolSnapshot): PoolDiagnosis[] {
  const { max, knee, curve, peakInUse, peakSpanMs } = pool;
  if (max <= SMALL) return [];
  if (isBeyondKnee(pool)) {
    const reason = `throughput does not grow beyond ${knee} connections in use, and the pool may have ${max}`;
    return [{ problem: 'too-large', reason, evidence: { max, knee, curve } }];
  }
  if (peakSpanMs < LONG_ENOUGH_MS || withRoom(peakInUse) > max / 2) return [];
  const reason = `at most ${peakInUse} of ${max} connections were in use at once within ${ms(peakSpanMs)}`;
  return [{ problem: 'too-large', reason, evidence: { max, peakInUse, peakSpanMs } }];
}

function sizeOf(
  pool: PoolSnapshot,
  server: ServerConnections | undefined,
  diagnoses: readonly PoolDiagnosis[],
): PoolSize {
  const { max, meanInUse, meanWaiting, peakInUse, holdMs } = pool;
  const knee = pool.knee;
  const needed =
    holdMs.count === 0
      ? Number.NaN
      : Math.max(1, Math.min(withRoom(meanInUse + meanWaiting), knee ?? Infinity));
  const room = server && Math.max(1, roomFor(server) - Math.max(0, server.used - pool.total));
  const has = (problem: PoolProblem): boolean => diagnoses.some((diagnosis) => diagnosis.problem === problem);
  let recommended = max;
  if (has('too-small')) recommended = Math.min(GROWTH * max, Math.max(max + 1, needed));
  else if (has('too-large')) {
    const enough = isBeyondKnee(pool) ? (knee ?? max) : withRoom(peakInUse);
    recommended = Math.min(max, Math.max(SMALL, enough));
  }
  return { current: max, needed, knee, room, recommended: Math.min(recommended, room ?? Infinity) };
}

function withRoom(load: number): number {
  return Math.ceil(load + ROOTS * Math.sqrt(load));
}

function round(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}

/** A time as a person reads it. */
function ms(value: number): string {
  if (value >= 120_000) return `${Math.round(value / 60_000)} min`;
  if (value >= 10_000) return `${Math.round(value / 1000)} s`;
  return `${value.toPrecision(value < 1000 ? 2 : 3)} ms`;
}
