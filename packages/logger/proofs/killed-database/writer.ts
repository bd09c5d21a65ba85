import { Pool } from 'pg';
import type { LogRecord } from '../../src/log-record.ts';
import { postgresHistory } from '../../src/postgres/index.ts';

/*
 * Writes numbered values into a history, from the number that it is given on, and tells how many are written for
 * certain; keeps the history in order all the while, until it is killed.
 */
const [url = '', instance = '', from = '0'] = process.argv.slice(2);
const pool = new Pool({ connectionString: url, max: 3, application_name: 'writer' });
const history = postgresHistory(pool, { instance });
await history.start();

const maintainForEver = async (): Promise<void> => {
  for (;;) {
    // Each of them at once: the lease would leave it to one, and for minutes after that was killed.
    await pool.query(`update evenkeel_history_state set leased_until = '-infinity'`);
    await history.maintain();
  }
};
maintainForEver().catch((error: unknown) => {
  throw error;
});
for (let next = Number(from); ; ) {
  const time = Date.now();
  const records = Array.from({ length: 100 }, (_, n): LogRecord => {
    return { kind: 'metric', time, name: `of ${instance}`, value: next + n };
  });
  await history.write(records);
  next += records.length;
  process.stdout.write(`${next}\n`);
}
