import type { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { StatementError } from '../embedded/statement-error.ts';
import type { SourceSnapshot } from '../source/snapshot.ts';
import {
  objectStatements,
  qualified,
  relationStatements,
  type SchemaStatement,
} from './schema-statements.ts';

/* Of what can't be made again, so much is named. */
const MAX_NAMED = 50;

/**
 * Makes the schema of the source, without rows. Whatever can't be made again is left out and named.
 *
 * @returns what is missing, in plain words
 */
export async function buildSchema(postgres: EmbeddedPostgres, snapshot: SourceSnapshot): Promise<string[]> {
  // Functions may speak of tables that are not there yet, or never will be.
  await postgres.exec("set check_function_bodies = off; set search_path = ''");
  const late: SchemaStatement[] = [];
  const missing = snapshot.extensions
    .filter(({ name }) => !postgres.extensions.has(name))
    .map(({ name }) => `the extension ${name} is not at hand: what needs it can't be costed`);
  const objects = objectStatements(snapshot, postgres.extensions);
  for (const { statement } of await runAll(postgres, objects)) late.push(statement);
  const unknownTypes = await findUnknownTypes(postgres, snapshot);
  for (const type of unknownTypes)
    missing.push(`the type ${type} is not at hand: its columns can't be compared`);
  const failures = await runAll(postgres, [...relationStatements(snapshot, unknownTypes), ...late]);
  return [...missing, ...describe(failures, snapshot)];
}

interface Failure {
  readonly statement: SchemaStatement;
  readonly message: string;
}

/** What fails for want of something that comes later is tried again, for as long as that gets anything further. */
async function runAll(
  postgres: EmbeddedPostgres,
  statements: readonly SchemaStatement[],
): Promise<Failure[]> {
  let waiting = statements;
  for (;;) {
    const failures: Failure[] = [];
    const results = await Promise.all(
      waiting.map(async (statement) => ({ statement, message: await run(postgres, statement.sql) })),
    );
    for (const { statement, message } of results) {
      if (message !== undefined) failures.push({ statement, message });
    }
    if (failures.length === 0 || failures.length === waiting.length) return failures;
    waiting = failures.map(({ statement }) => statement);
  }
}

/** What was wrong, where something was. */
async function run(postgres: EmbeddedPostgres, sql: string): Promise<string | undefined> {
  try {
    await postgres.query(sql);
    return undefined;
  } catch (error) {
    if (error instanceof StatementError) return error.message;
    throw error;
  }
}

async function findUnknownTypes(
  postgres: EmbeddedPostgres,
  { relations }: SourceSnapshot,
): Promise<ReadonlySet<string>> {
  const types = new Set(relations.flatMap(({ columns }) => columns.map(({ type }) => type)));
  const rows = await postgres.query<{ type: string }>(
    'select type from json_array_elements_text($1::json) as type where to_regtype(type) is null',
    [JSON.stringify([...types])],
  );
  return new Set(rows.map(({ type }) => type));
}

function describe(failures: readonly Failure[], { relations }: SourceSnapshot): string[] {
  const failedTables = new Set(failures.map(({ statement }) => statement.what));
  const lost = new Set(
    relations.filter((table) => failedTables.has(`table ${qualified(table)}`)).map(({ oid }) => oid),
  );
  const told = failures.filter(({ statement }) => !statement.of.some((oid) => lost.has(oid)));
  const missing = told.slice(0, MAX_NAMED).map(({ statement, message }) => `${statement.what}: ${message}`);
  if (told.length > MAX_NAMED) missing.push(`and ${told.length - MAX_NAMED} more objects`);
  return missing;
}
