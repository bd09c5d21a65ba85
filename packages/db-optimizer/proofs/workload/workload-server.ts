import { Client } from 'pg';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { type Preparation, prepareWorkload } from './prepare-workload.ts';
import type { Workload } from './workload.ts';

/** A server of its own with the workload's tables. */
export interface WorkloadServer {
  /** Of the database with the workload as it was made. */
  readonly url: string;
  /** Makes a copy of that database and gives its address. Nothing may be connected to the first one meanwhile. */
  copy(name: string): Promise<string>;
  /** Makes an empty database and gives its address. */
  create(name: string): Promise<string>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/* As a server comes, but for what would change the statistics, or what is measured, in the middle of it. */
const SETTINGS = { autovacuum: 'off', jit: 'off', max_wal_size: '4GB', full_page_writes: 'off' };

/** Starts a server and makes the workload's tables there. */
export async function startWorkloadServer(
  workload: Workload,
  preparation: Preparation = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<WorkloadServer> {
  const server = await startPostgres({ ...SETTINGS, ...settings });
  const addressOf = (database: string): string => server.url.replace(/[^/]*$/, database);
  const administer = (statement: string): Promise<unknown> =>
    withClient(server.url, (client) => client.query(statement));
  try {
    await administer(`create database ${workload.name}`);
    await withClient(addressOf(workload.name), (client) => prepareWorkload(client, workload, preparation));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: addressOf(workload.name),
    copy: async (name) => {
      await administer(`create database ${name} template ${workload.name}`);
      return addressOf(name);
    },
    create: async (name) => {
      await administer(`create database ${name}`);
      return addressOf(name);
    },
    stop: () => server.stop(),
  };
}

/** Runs some work with a connection of its own, which is closed afterwards. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
