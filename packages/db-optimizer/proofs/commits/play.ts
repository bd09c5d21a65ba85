import { seededRandom } from '@evenkeel/core/statistics';
import { Pool } from 'pg';
import { CommitCutter } from './commit-cutter.ts';
import type { CreateRunner, Work } from './runners.ts';
import type { Trouble } from './trouble.ts';

export interface PlaySettings {
  readonly url: string;
  readonly trouble: Trouble;
  readonly create: CreateRunner;
  readonly jobs: number;
  /** Share of the COMMITs that are cut. */
  readonly cuts: number;
  readonly seed: number;
  /** How often a backend is terminated, in ms; 0: never. */
  readonly terminateEveryMs: number;
  /** So many at the most. @defaultValue any number */
  readonly terminations?: number;
  readonly crashes: number;
  readonly restarts: number;
  /** How often a job that was refused is run again by the application. */
  readonly again: number;
}

export interface PlayResult {
  readonly jobs: number;
  /** Rows too many. */
  readonly duplicates: number;
  /** Said to be done, and not there. */
  readonly lost: number;
  /** Said to have failed, and there nevertheless. */
  readonly deniedButDone: number;
  /** Said to be unknown. */
  readonly unknown: number;
  /** Given up, and not there. */
  readonly failed: number;
  /** Whether the rows and the counters, which each job changes together, disagree. */
  readonly isTorn: boolean;
  readonly retries: number;
  /** Transactions that were asked for. */
  readonly asked: number;
  readonly cut: number;
  readonly terminated: number;
  readonly crashes: number;
  readonly restarts: number;
  readonly unhandled: number;
  readonly reasons: string | undefined;
  readonly seconds: number;
}

export const CONCURRENCY = 16;
/* Enough for an index; a few of them are hot, so that jobs meet there. */
const COUNTERS = 1000;
const HOT = 8;
const HOT_SHARE = 0.1;
/* So that a server that starts is not asked for the last time before it is there. */
const AGAIN_MS = 200;

/** Runs all jobs through the proxy, and then looks what is there. */
export async function play(settings: PlaySettings): Promise<PlayResult> {
  const { url, create, jobs, cuts, seed, trouble } = settings;
  trouble.reset();
  const random = seededRandom(seed);
  const direct = new Pool({ connectionString: url, max: 1 });
  direct.on('error', () => {});
  await direct.query('drop table if exists done; create table done (job int not null)');
  await direct.query(
    'drop table if exists counter; create table counter (id int primary key, n int not null)',
  );
  await direct.query(`insert into counter select id, 0 from generate_series(0, ${COUNTERS - 1}) id`);
  await direct.query('vacuum analyze counter');
  const upstream = new URL(url);
  const cutter = new CommitCutter(
    { host: upstream.hostname, port: Number(upstream.port) },
    random,
    () => cuts,
  );
  const port = await cutter.start();
  const pool = new Pool({
    connectionString: `postgres://${upstream.username}@127.0.0.1:${port}${upstream.pathname}`,
    max: CONCURRENCY,
    application_name: 'jobs',
  });
  // Connections that die while nobody uses them.
  pool.on('error', () => {});
  let unhandled = 0;
  const onUnhandled = (): void => {
    unhandled += 1;
  };
  process.on('unhandledRejection', onUnhandled);
  const runner = create(pool);
  const verdicts = new Map<number, 'done' | 'failed' | 'unknown'>();
  let asked = 0;
  const startedMs = performance.now();
  const stopTrouble = makeTrouble(trouble, settings, () => verdicts.size / jobs);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let job = next++; job < jobs; job = next++) {
      const does = workOf(job, random);
      for (let left = settings.again; ; left--) {
        asked += 1;
        const verdict = await verdictOf(runner.run(does));
        verdicts.set(job, verdict);
        // What has certainly failed, an application may ask for again.
        if (verdict !== 'failed' || left === 0) break;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const seconds = (performance.now() - startedMs) / 1000;
  await stopTrouble();
  // Whatever was left hanging has to end first, to be counted.
  await pool.end();
  await cutter.stop();
  const rows = await untilQuiet(direct);
  process.removeListener('unhandledRejection', onUnhandled);
  const counts = new Map(rows.map(({ job, count }) => [job, count]));
  const { rows: sums } = await direct.query('select sum(n)::int as sum from counter');
  await direct.end();
  const all = [...verdicts];
  const written = rows.reduce((sum, { count }) => sum + count, 0);
  return {
    jobs,
    duplicates: rows.reduce((sum, { count }) => sum + count - 1, 0),
    lost: all.filter(([job, verdict]) => verdict === 'done' && !counts.has(job)).length,
    deniedButDone: all.filter(([job, verdict]) => verdict === 'failed' && counts.has(job)).length,
    unknown: all.filter(([, verdict]) => verdict === 'unknown').length,
    failed: all.filter(([job, verdict]) => verdict === 'failed' && !counts.has(job)).length,
    isTorn: sums[0]?.sum !== 2 * written,
    retries: runner.retries(),
    asked,
    cut: cutter.cuts.before + cutter.cuts.after,
    terminated: trouble.terminated,
    crashes: trouble.crashes,
    restarts: trouble.restarts,
    unhandled,
    reasons: runner.reasons?.(),
    seconds,
  };
}

/** A row, and two of the counters in any order: some jobs meet, and some of them from opposite directions. */
function workOf(job: number, random: () => number): Work {
  const range = random() < HOT_SHARE ? HOT : COUNTERS;
  const first = Math.floor(random() * range);
  const second = (first + 1 + Math.floor(random() * (range - 1))) % range;
  return async (query) => {
    await query('insert into done values ($1)', [job]);
    await query('update counter set n = n + 1 where id = $1', [first]);
    await query('update counter set n = n + 1 where id = $1', [second]);
  };
}

async function verdictOf(run: Promise<void>): Promise<'done' | 'failed' | 'unknown'> {
  try {
    await run;
    return 'done';
  } catch (error) {
    return (error as { code?: unknown }).code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed';
  }
}

function makeTrouble(
  trouble: Trouble,
  { terminateEveryMs, terminations = Number.POSITIVE_INFINITY, crashes, restarts }: PlaySettings,
  progress: () => number,
): () => Promise<void> {
  let isOver = false;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, terminateEveryMs || 50));
      if (terminateEveryMs > 0 && trouble.terminated < terminations) await trouble.terminateOne();
      // Spread over the run, in turns.
      if (progress() > (trouble.crashes + 0.4) / Math.max(1, crashes) && trouble.crashes < crashes) {
        await trouble.crash();
      }
      if (progress() > (trouble.restarts + 0.7) / Math.max(1, restarts) && trouble.restarts < restarts) {
        await trouble.restart();
      }
    }
  };
  const looping = loop();
  return async () => {
    isOver = true;
    await looping;
  };
}

async function untilQuiet(direct: Pool): Promise<{ job: number; count: number }[]> {
  for (;;) {
    try {
      const { rows } = await direct.query(
        "select count(*)::int as busy from pg_stat_activity where application_name = 'jobs'",
      );
      if (rows[0]?.busy === 0) break;
    } catch {
      // The connection was lost with the server's restart.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await direct.query('select job, count(*)::int as count from done group by job')).rows;
}
