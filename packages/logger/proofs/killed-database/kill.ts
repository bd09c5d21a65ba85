import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { seededRandom } from '@evenkeel/core/statistics';
import { Pool } from 'pg';
import { postgresHistory } from '../../src/postgres/index.ts';

export interface KilledDatabase {
  readonly rounds: number;
  readonly records: number;
  /** Records that the database had taken when their writer was killed, and the writer did not know of. */
  readonly unconfirmed: number;
  /** Of all values, how many were in the roll-ups at the end, and how many on their way there. */
  readonly rolledUp: number;
  readonly moving: number;
  /** Times that a record was missing or stood twice, or the roll-ups said something else than the single values. */
  readonly wrong: number;
}

/** Kills writing processes again and again, each time after up to `maxRunMs`, and reads what they have left. */
export async function killWriters(
  writer: string,
  url: string,
  {
    rounds,
    writers,
    seed,
    maxRunMs = 200,
  }: { rounds: number; writers: number; seed: number; maxRunMs?: number },
): Promise<KilledDatabase> {
  const random = seededRandom(seed);
  const pool = new Pool({ connectionString: url, max: 2 });
  const history = postgresHistory(pool, { instance: 'reader' });
  const written = Array.from({ length: writers }, () => 0);
  let [wrong, unconfirmed] = [0, 0];
  try {
    await history.start();
    for (let round = 0; round < rounds; round++) {
      const runs = written.map((from, index) =>
        writeUntilKilled(writer, url, `w${index}`, from, random() * maxRunMs),
      );
      const certain = await Promise.all(runs);
      await othersHaveLeft(pool);
      for (const index of written.keys()) {
        const left = await numbersOf(pool, `of w${index}`);
        if (left.count < (certain[index] ?? 0) || !left.isWhole) wrong += 1;
        unconfirmed += Math.max(0, left.count - (certain[index] ?? 0));
        written[index] = left.count;
      }
      if (!(await rollUpsAgree(history, written))) wrong += 1;
    }
    const { rows } = await pool.query<{ rolled: string; moving: string }>(
      `select (select coalesce(sum(count), 0) from evenkeel_history_rollups where step = 3600000) as rolled,
        (select coalesce(sum((cell->>2)::int), 0) from evenkeel_history_deltas, json_array_elements(cells::json) cell)
          as moving`,
    );
    const records = written.reduce((a, b) => a + b, 0);
    const [rolledUp, moving] = [Number(rows[0]?.rolled), Number(rows[0]?.moving)];
    if (rolledUp + moving !== records) wrong += 1;
    return { rounds, records, unconfirmed, rolledUp, moving, wrong };
  } finally {
    await history.stop();
    await pool.end();
  }
}

/** Gives how many records were written for certain. */
async function writeUntilKilled(
  writer: string,
  url: string,
  instance: string,
  from: number,
  runMs: number,
): Promise<number> {
  const child = spawn(process.execPath, [writer, url, instance, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let certain = from;
  for await (const line of createInterface(child.stdout)) {
    // The time runs from the first batch on, whatever the start has taken.
    if (certain === from) setTimeout(() => child.kill('SIGKILL'), runMs);
    certain = Number(line);
  }
  await ended;
  return certain;
}

/* The server finishes a statement whose client is gone: until then there may be one batch more. */
async function othersHaveLeft(pool: Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ others: number }>(
      `select count(*)::int as others from pg_stat_activity
      where backend_type = 'client backend' and application_name = 'writer'`,
    );
    if (rows[0]?.others === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether the single values of a series are 0, 1, 2…, each once. */
async function numbersOf(
  pool: Pool,
  name: string,
): Promise<{ readonly count: number; readonly isWhole: boolean }> {
  const { rows } = await pool.query<{ n: number; numbers: number; first: number; last: number }>(
    `select count(*)::int as n, count(distinct value)::int as numbers, min(value) as first, max(value) as last
    from evenkeel_history_points join evenkeel_history_series s on s.id = series where s.name = $1`,
    [name],
  );
  const { n = 0, numbers = 0, first = 0, last = -1 } = rows[0] ?? {};
  return { count: n, isWhole: numbers === n && first === 0 && last === n - 1 };
}

/** Whether a report would say of each series what its single values, 0 to n - 1, come to. */
async function rollUpsAgree(
  history: ReturnType<typeof postgresHistory>,
  written: readonly number[],
): Promise<boolean> {
  const now = Date.now();
  const { series } = await history.read({
    range: { from: now - 7 * 86_400_000, to: now + 60_000 },
    steps: 20,
  });
  return written.every((count, index) => {
    const found = series.find(({ definition }) => definition.name === `of w${index}`);
    const buckets = found?.buckets ?? [];
    const sum = buckets.reduce((total, bucket) => total + bucket.sum, 0);
    return (
      buckets.reduce((total, bucket) => total + bucket.count, 0) === count &&
      found?.sketch.count === count &&
      sum === (count * (count - 1)) / 2
    );
  });
}
