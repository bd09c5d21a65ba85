import { PGlite } from '@electric-sql/pglite';
import { ConfigurationError, type Queryable, VirtualClock } from '@evenkeel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresHistory } from '../../src/postgres/index.ts';
import { BASE, metric, NOW } from '../history/history-contract.ts';
import { freshPrefix } from './any-database.ts';
import { describePostgresHistory } from './describe-postgres-history.ts';

let database: PGlite;

beforeAll(async () => {
  database = await PGlite.create();
}, 60_000);

afterAll(async () => {
  await database.close();
});

describePostgresHistory('PGlite', () => database);

describe('PostgresHistory', () => {
  it('keeps itself in order while it runs, and tells what goes wrong', async () => {
    const clock = new VirtualClock(NOW);
    let isBroken = false;
    const broken: Queryable = {
      query: (text, params) =>
        isBroken ? Promise.reject(new Error('no connection')) : database.query(text, params),
    };
    const history = postgresHistory(broken, { prefix: freshPrefix(), clock });
    const [maintained, errors]: [unknown[], string[]] = [[], []];
    history.on('maintained', (result) => maintained.push(result));
    history.on('error', ({ error }) => errors.push(error.message));
    await history.start();
    await history.start();
    await history.write([metric('m', 0, 1)]);
    clock.advance(90_000);
    await expect.poll(() => maintained, { timeout: 10_000 }).toEqual([{ compacted: 1, removed: 0 }]);
    isBroken = true;
    clock.advance(60_000);
    await expect.poll(() => errors, { timeout: 10_000 }).toEqual(['no connection']);
    await history.stop();
    await history.stop();
    expect(clock.pending).toBe(0);
    isBroken = false;
    expect((await history.read({ range: { from: BASE, to: NOW }, steps: 1 })).series).toHaveLength(1);
  });

  it('names what is wrong with its options', () => {
    const make = (options: unknown) => () => postgresHistory(database, options as never);
    expect(() => postgresHistory(undefined as never)).toThrow(ConfigurationError);
    expect(() => postgresHistory({} as never)).toThrow('an object with query()');
    expect(make({ schema: 'a"b' })).toThrow('schema must be at most 32 letters, digits and _');
    expect(make({ prefix: '1' })).toThrow('prefix must be');
    expect(make({ retention: { minutes: '500d' } })).toThrow('retention.minutes must be no longer than');
    expect(make({ retention: { days: '500d' } })).toThrow('retention.days');
    expect(make(null)).toThrow(ConfigurationError);
  });
});
