import { execFile } from 'node:child_process';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type PostgresServer,
  postgresIsInstalled,
  startPostgres,
} from '../../../../tools/postgres-server.ts';
import { indexScript } from '../../src/advice/index-script.ts';
import type { IndexDefinition, Table } from '../../src/catalogue/catalogue.ts';
import { table } from '../support/table.ts';

const index: IndexDefinition = {
  schema: 'odd "schema"',
  table: "o'rders",
  method: 'btree',
  keys: [{ kind: 'column', sql: 'Customer' }],
  include: [],
  where: undefined,
};
const NAME = `it's an "index"`;
const ALONE = { tables: [], taken: new Set<string>() };
const orders = table({ schema: index.schema, name: index.table });

describe.skipIf(!postgresIsInstalled() && !process.env.CI)('the script, run by psql', () => {
  let server: PostgresServer;
  let client: Client;

  beforeAll(async () => {
    server = await startPostgres();
    client = new Client(server.url);
    await client.connect();
    await client.query(`create schema "odd ""schema"""`);
    await client.query(`create table "odd ""schema"""."o'rders" ("Customer" integer, region integer)`);
    await client.query(
      `insert into "odd ""schema"""."o'rders" select n % 10, n from generate_series(1, 1000) n`,
    );
    await client.query('create table parts (customer integer, day integer) partition by range (day)');
    await client.query('create table parts_1 partition of parts for values from (0) to (10)');
    await client.query(
      'create table parts_2 partition of parts for values from (10) to (20) partition by range (customer)',
    );
    await client.query('create table parts_2_1 partition of parts_2 for values from (0) to (10)');
    await client.query('create index parts_customer_idx_1_part on parts_1 (day)');
  }, 60_000);

  afterAll(async () => {
    await client?.end();
    await server?.stop();
  });

  const psql = async (script: string): Promise<string> => {
    const child = execFile('psql', ['-X', '-q', '-A', '-t', '-d', server.url]);
    let output = '';
    child.stdout?.on('data', (text: string) => (output += text));
    child.stderr?.on('data', (text: string) => (output += text));
    child.stdin?.end(script);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code, output).toBe(0);
    return output;
  };
  const valid = async (name: string): Promise<unknown> => {
    const { rows } = await client.query(
      'select i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid where c.relname = $1',
      [name],
    );
    return rows[0]?.indisvalid;
  };

  it('makes the index, and may be run again', async () => {
    const script = indexScript(index, NAME, orders, ALONE);
    expect(await psql(script)).toContain('t\n');
    expect(await valid(NAME)).toBe(true);
    await psql(script);
    expect(await valid(NAME)).toBe(true);
  });

  it('makes it anew where an attempt that failed has left it invalid', async () => {
    await client.query(
      `update pg_index set indisvalid = false where indexrelid = (select oid from pg_class where relname = $1)`,
      [NAME],
    );
    expect(await valid(NAME)).toBe(false);
    await psql(indexScript(index, NAME, orders, ALONE));
    expect(await valid(NAME)).toBe(true);
  });

  it('makes that of a partitioned table of those of its partitions, and theirs', async () => {
    const parts: IndexDefinition = {
      ...index,
      schema: 'public',
      table: 'parts',
      keys: [{ kind: 'column', sql: 'customer' }],
    };
    const part = (name: string, parent: string, kind: Table['kind'] = 'partition'): Table => {
      return table({ name, kind, parent: { schema: 'public', name: parent } });
    };
    const script = indexScript(parts, 'parts_customer_idx', table({ name: 'parts', kind: 'partitioned' }), {
      tables: [
        part('parts_1', 'parts'),
        part('parts_2', 'parts', 'partitioned'),
        part('parts_2_1', 'parts_2'),
      ],
      taken: new Set(['parts_customer_idx_1_part']),
    });
    await psql(script);
    expect(await valid('parts_customer_idx')).toBe(true);
    await psql(script);
    const names = ['1_part1', '2_part', '2_part_1_part'].map((end) => `parts_customer_idx_${end}`);
    for (const name of names) expect(await valid(name), name).toBe(true);
  });
});
