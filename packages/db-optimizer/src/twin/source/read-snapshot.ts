import type { Session } from '../../session/session.ts';
import { TwinError } from '../embedded/twin-error.ts';
import type {
  SourceConstraint,
  SourceExtendedStatistics,
  SourceIndex,
  SourceRelation,
  SourceSnapshot,
  SourceStatistics,
} from './snapshot.ts';
import {
  CONSTRAINTS,
  extendedStatisticsQuery,
  INDEXES,
  OBJECTS,
  RELATIONS,
  SERVER,
  statisticsQuery,
} from './snapshot-queries.ts';

export interface ReadSnapshotOptions {
  /** Whether values stay where they are: no common value and no bound of a histogram is read. */
  readonly redact: boolean;
  /** Tables and views to read at the most, the largest first. */
  readonly maxTables: number;
}

interface Server {
  readonly version: number;
  readonly blockSize: number;
  readonly role: string;
  readonly searchPath: string;
  readonly formats: { readonly DateStyle: string; readonly IntervalStyle: string };
  readonly settings: Readonly<Record<string, string>>;
  readonly isByteOrdered: boolean;
  readonly tablespacesWithCosts: readonly string[];
}

type Objects = Pick<SourceSnapshot, 'schemas' | 'extensions' | 'collations' | 'types' | 'functions'>;

type ReadRelation = SourceRelation & { readonly hasRowSecurity: boolean; readonly unseen: number };

const OLDEST = 140_000;

/* The size of a page that PGlite was built with. */
const BLOCK_SIZE = 8192;

/* Statistics of a table may take a megabyte; one answer is not to hold them all. */
const RELATIONS_PER_READ = 100;

/* Of what may not be read, so many tables are named. */
const MAX_NAMED = 20;

/**
 * Reads what the planner goes by, with nothing but SELECT on the system's catalogues. To be called inside of a
 * transaction: names are told in full while it reads, by settings that are local to it and put back at the end.
 *
 * @throws TwinError where the server is too old, or has pages of another size
 */
export async function readSnapshot(
  session: Pick<Session, 'query'>,
  { redact, maxTables }: ReadSnapshotOptions,
): Promise<SourceSnapshot> {
  const server = await readJson<Server>(session, SERVER);
  if (server.version < OLDEST)
    throw notPossible(`the statistics twin needs PostgreSQL 14 or newer, this is ${server.version}`);
  if (server.blockSize !== BLOCK_SIZE)
    throw notPossible(
      `the statistics twin needs pages of ${BLOCK_SIZE} bytes, these have ${server.blockSize}`,
    );
  await setFormats(session, '', 'ISO, YMD', 'postgres');
  try {
    return await read(session, server, redact, maxTables);
  } finally {
    const { DateStyle, IntervalStyle } = server.formats;
    // In a transaction that failed this does nothing, and nothing has to be put back.
    await setFormats(session, server.searchPath, DateStyle, IntervalStyle).catch(() => {});
  }
}

async function read(
  session: Pick<Session, 'query'>,
  server: Server,
  redact: boolean,
  maxTables: number,
): Promise<SourceSnapshot> {
  const objects = await readJson<Objects>(session, OBJECTS);
  const all = await readJson<ReadRelation[]>(session, RELATIONS, [maxTables + 1, server.isByteOrdered]);
  const relations = all.slice(0, maxTables);
  const oids = [relations.map(({ oid }) => oid)];
  const indexes = await readJson<SourceIndex[]>(session, INDEXES, oids);
  const constraints = await readJson<SourceConstraint[]>(session, CONSTRAINTS, oids);
  const extendedStatistics = await readJson<SourceExtendedStatistics[]>(
    session,
    extendedStatisticsQuery(!redact),
    oids,
  );
  const analysed = [...relations.filter(({ kind }) => kind !== 'view'), ...indexes.filter(hasExpression)];
  const statistics = await readStatistics(session, analysed, statisticsQuery(server.version, !redact));
  return {
    ...objects,
    version: server.version,
    searchPath: server.searchPath,
    settings: server.settings,
    isByteOrdered: server.isByteOrdered,
    relations,
    indexes,
    constraints,
    statistics,
    extendedStatistics,
    missing: [...notSeen(server, relations), ...(all.length > maxTables ? [tooMany(maxTables)] : [])],
  };
}

async function readStatistics(
  session: Pick<Session, 'query'>,
  relations: readonly { readonly schema: string; readonly name: string }[],
  query: string,
): Promise<SourceStatistics[]> {
  const statistics: SourceStatistics[] = [];
  for (let start = 0; start < relations.length; start += RELATIONS_PER_READ) {
    const some = relations.slice(start, start + RELATIONS_PER_READ);
    const names = [some.map(({ schema }) => schema), some.map(({ name }) => name)];
    statistics.push(...(await readJson<SourceStatistics[]>(session, query, names)));
  }
  return statistics;
}

/** Only keys that are expressions have statistics of their own; `(` `(` and a function's name tell them. */
function hasExpression({ sql }: SourceIndex): boolean {
  return /\(.*\(/s.test(sql);
}

function notSeen({ role, tablespacesWithCosts }: Server, relations: readonly ReadRelation[]): string[] {
  const missing: string[] = [];
  const unseen = relations.filter(({ unseen }) => unseen > 0);
  for (const { schema, name } of unseen.slice(0, MAX_NAMED))
    missing.push(
      `statistics of ${schema}.${name} are hidden: grant select on "${schema}"."${name}" to ${role}`,
    );
  if (unseen.length > MAX_NAMED)
    missing.push(
      `statistics of ${unseen.length - MAX_NAMED} more tables are hidden: grant pg_read_all_data to ${role}`,
    );
  if (relations.some(({ hasRowSecurity }) => hasRowSecurity))
    missing.push('row security adds conditions to queries that the statistics twin does not know');
  for (const name of tablespacesWithCosts)
    missing.push(`page costs of the tablespace ${name} are not imitated`);
  return missing;
}

function tooMany(maxTables: number): string {
  return `only the ${maxTables} largest tables and views were read, there are more`;
}

async function setFormats(
  session: Pick<Session, 'query'>,
  searchPath: string,
  dateStyle: string,
  intervalStyle: string,
): Promise<void> {
  await session.query(
    `select set_config('search_path', $1, true), set_config('DateStyle', $2, true),
      set_config('IntervalStyle', $3, true)`,
    [searchPath, dateStyle, intervalStyle],
  );
}

async function readJson<T>(
  session: Pick<Session, 'query'>,
  text: string,
  params: readonly unknown[] = [],
): Promise<T> {
  const { rows } = await session.query<{ data: string }>(text, params);
  // The queries above and the types beside them say the same.
  return JSON.parse(rows[0]?.data ?? 'null') as T;
}

function notPossible(message: string): TwinError {
  return new TwinError(message, { code: 'TWIN_NOT_POSSIBLE' });
}
