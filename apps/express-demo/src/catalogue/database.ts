import { mkdir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { Pool } from 'pg';

/** A PostgreSQL and what closes it. */
export interface Database {
  readonly pool: Pool;
  /** `PGlite, embedded` or `PostgreSQL at host`: for people. */
  readonly name: string;
  close(): Promise<void>;
}

/* A visitor who waits longer has gone. */
const CONNECT_TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 10;

/** Which database is meant. */
export interface DatabaseSettings {
  readonly databaseUrl?: string | undefined;
  readonly dataDirectory?: string | undefined;
}

/** Opens the PostgreSQL at the address; without one, an embedded PostgreSQL in a directory, or else in memory. */
export async function openDatabase({ databaseUrl: url, dataDirectory }: DatabaseSettings): Promise<Database> {
  if (url === undefined) return openEmbedded(dataDirectory);
  const pool = new Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // Without a listener a connection that breaks while idle would end the process.
  pool.on('error', (error) => console.error(`database: an idle connection broke: ${error.message}`));
  return { pool, name: `PostgreSQL at ${new URL(url).hostname}`, close: () => pool.end() };
}

async function openEmbedded(directory: string | undefined): Promise<Database> {
  if (directory !== undefined) await makeDirectory(directory);
  const engine = new PolitePGlite(directory ?? 'memory://');
  await engine.waitReady;
  // The engine takes one connection, and runs it on this thread.
  const pool = new Pool({ ...createPgConfig(engine), max: 1 });
  const close = async (): Promise<void> => {
    await pool.end();
    await engine.close();
  };
  return { pool, name: 'PGlite, embedded', close };
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `DATA_DIR must be a directory that is there or can be made, got ${JSON.stringify(path)}: ${reason}`,
      {
        cause,
      },
    );
  }
}

/* The first bytes of the messages that a query begins with: Parse, and Query. */
const BEGINS_QUERY: ReadonlySet<number | undefined> = new Set([0x50, 0x51]);

/**
 * The engine answers on this thread, and one query after the other would be done before anything else: it lets what
 * has come in go first.
 */
class PolitePGlite extends PGlite {
  override async execProtocolStream(...args: Parameters<PGlite['execProtocolStream']>) {
    if (BEGINS_QUERY.has(args[0][0])) await setImmediate();
    return super.execProtocolStream(...args);
  }
}
