import { quote } from '../indexes/index-definition.ts';
import type { Session } from '../session/session.ts';
import type { Catalogue, Table } from './catalogue.ts';
import { SETTINGS, TABLES, type TableRow, VIEWS } from './catalogue-queries.ts';
import { addUpPartitions } from './partitioned-tables.ts';
import { toTable } from './table-rows.ts';
import type { View } from './views.ts';

export interface ReadCatalogueOptions {
  /** Tables to read at the most, the largest first. @defaultValue 5000 */
  readonly maxTables?: number;
  /** Whether to read the queries of views too. @defaultValue false */
  readonly withViews?: boolean;
}

/* Of what may not be read, so many tables are named. */
const MAX_NAMED = 20;

/**
 * Reads what is in the database, as far as the role may see it, in two queries, or three
 * with views. Tables of the system, temporary and
 * foreign tables are left out.
 */
export async function readCatalogue(
  session: Session,
  { maxTables = 5000, withViews = false }: ReadCatalogueOptions = {},
): Promise<Catalogue> {
  const server = await readJson<ServerRow>(session, SETTINGS);
  const missing: string[] = [];
  const rows = await readTables(session, maxTables, missing);
  if (rows.length > maxTables) {
    missing.push(`only the ${maxTables} largest tables were read, there are more`);
    rows.length = maxTables;
  }
  const role = quote(server.role);
  const hidden = rows.filter((row) => !row.readable);
  for (const { schema, name } of hidden.slice(0, MAX_NAMED))
    missing.push(
      `${schema}.${name} may not be read: grant select on ${quote(schema)}.${quote(name)} to ${role}`,
    );
  if (hidden.length > MAX_NAMED) missing.push(`and ${hidden.length - MAX_NAMED} more tables may not be read`);
  const blockSize = Number(server.settings.block_size ?? 8192);
  return new CatalogueSnapshot(
    server,
    addUpPartitions(rows.map((row) => toTable(row, blockSize))),
    withViews ? await readViews(session, missing) : undefined,
    missing,
  );
}

interface ServerRow {
  readonly version: number;
  readonly role: string;
  readonly searchPath: readonly string[];
  readonly extensions: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly since: number | null;
}

class CatalogueSnapshot implements Catalogue {
  readonly version: number;
  readonly searchPath: readonly string[];
  readonly extensions: readonly string[];
  readonly settings: ReadonlyMap<string, string>;
  readonly tables: readonly Table[];
  readonly views: readonly View[] | undefined;
  readonly statisticsSince: number | undefined;
  readonly missing: readonly string[];
  readonly #byName: ReadonlyMap<string, Table>;

  constructor(
    server: ServerRow,
    tables: readonly Table[],
    views: readonly View[] | undefined,
    missing: readonly string[],
  ) {
    this.version = server.version;
    this.searchPath = server.searchPath;
    this.extensions = server.extensions;
    this.settings = new Map(Object.entries(server.settings));
    this.statisticsSince = server.since ?? undefined;
    this.tables = tables;
    this.views = views;
    this.missing = missing;
    this.#byName = new Map(tables.map((table) => [key(table.schema, table.name), table]));
  }

  find(name: string, schema?: string): Table | undefined {
    if (schema !== undefined) return this.#byName.get(key(schema, name));
    for (const each of this.searchPath) {
      const table = this.#byName.get(key(each, name));
      if (table) return table;
    }
    return undefined;
  }
}

/* No name of PostgreSQL holds a NUL. */
const key = (schema: string, name: string): string => `${schema}\0${name}`;

async function readTables(session: Session, maxTables: number, missing: string[]): Promise<TableRow[]> {
  const read = (withoutLocked: boolean) =>
    readJson<TableRow[]>(session, TABLES, [maxTables + 1, withoutLocked]);
  return unlessLocked(
    session,
    () => read(false),
    () => {
      missing.push('tables that somebody else had locked were left out: ask again later');
      return read(true);
    },
  );
}

/* A schema that is made by programs may have tens of thousands. */
const MAX_VIEWS = 2000;

async function readViews(session: Session, missing: string[]): Promise<View[]> {
  const views = await unlessLocked(
    session,
    () => readJson<View[]>(session, VIEWS, [MAX_VIEWS + 1]),
    () => {
      missing.push('views were left out, since somebody else had locked a table of one: ask again later');
      return [];
    },
  );
  if (views.length > MAX_VIEWS) missing.push(`only ${MAX_VIEWS} views were read, there are more`);
  return views.slice(0, MAX_VIEWS);
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Waits for a table that somebody has locked as long as a lock may take; then something else is to be done. */
async function unlessLocked<T>(
  session: Session,
  read: () => Promise<T>,
  otherwise: () => T | Promise<T>,
): Promise<T> {
  const inTransaction = await session.query('savepoint evenkeel_catalogue').then(
    () => true,
    () => false,
  );
  try {
    return await read();
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    if (inTransaction) await session.query('rollback to savepoint evenkeel_catalogue');
    return await otherwise();
  }
}

/** As text, which no driver and no type parser of the application turns into anything else. */
async function readJson<T>(session: Session, text: string, params: readonly unknown[] = []): Promise<T> {
  const { rows } = await session.query<{ data: string }>(text, params);
  return JSON.parse(rows[0]?.data ?? 'null') as T;
}
