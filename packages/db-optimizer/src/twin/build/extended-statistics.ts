import { quote } from '../../indexes/index-definition.ts';
import type { EmbeddedPostgres } from '../embedded/embedded-postgres.ts';
import { StatementError } from '../embedded/statement-error.ts';
import type { SourceExtendedStatistics, SourceSnapshot } from '../source/snapshot.ts';

/* statistics_ext.h: what the binary forms begin with. */
const DISTINCT_MAGIC = 0xa352bfa4;
const DEPENDENCIES_MAGIC = 0xb4549a2c;
const TYPE = 1;

/**
 * Gives statistics over several columns the contents they have in the source. PostgreSQL 18 has no function for that:
 * they are written in the catalogue in their binary form.
 *
 * @returns what is missing, in plain words
 */
export async function restoreExtendedStatistics(
  postgres: EmbeddedPostgres,
  { extendedStatistics, relations }: SourceSnapshot,
): Promise<string[]> {
  if (extendedStatistics.length === 0) return [];
  await postgres.exec(CASTS);
  const tables = new Map(relations.map((relation) => [relation.oid, relation]));
  const missing: string[] = [];
  for (const statistics of extendedStatistics) {
    const table = tables.get(statistics.table);
    // Without dropped columns the numbers are others.
    const numbers = new Map(table?.columns.map(({ number }, at) => [number, at + 1]));
    try {
      await restore(postgres, statistics, (number) => numbers.get(number) ?? number);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      missing.push(`statistics ${statistics.name}: ${error.message}`);
    }
  }
  return missing;
}

/* They are bytes, but nothing is to be read as them outside of the server. */
const CASTS = `
create cast (bytea as pg_ndistinct) without function;
create cast (bytea as pg_dependencies) without function;
create cast (bytea as pg_mcv_list) without function`;

const TARGET = `
select x.oid::int as oid, array(
  select json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
  from unnest(x.stxkeys::int2[]) with ordinality as key(number, place)
  join pg_attribute a on a.attrelid = x.stxrelid and a.attnum = key.number
  order by place
) as columns, x.stxexprs is not null as "hasExpressions"
from pg_statistic_ext x join pg_namespace n on n.oid = x.stxnamespace
where n.nspname = $1 and x.stxname = $2`;

interface Target {
  readonly oid: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly hasExpressions: boolean;
}

async function restore(
  postgres: EmbeddedPostgres,
  { schema, name, inherited, distinct, dependencies, common }: SourceExtendedStatistics,
  renumber: (number: number) => number,
): Promise<void> {
  const [target] = await postgres.query<Target>(TARGET, [schema, name]);
  if (!target) return;
  const list = common === null || target.hasExpressions ? null : await commonList(postgres, target, common);
  await postgres.query(
    `insert into pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies, stxdmcv)
    values ($1::oid, $2, decode($3, 'hex')::pg_ndistinct, decode($4, 'hex')::pg_dependencies,
      decode($5, 'hex')::pg_mcv_list)`,
    [
      target.oid,
      inherited,
      distinct === null ? null : distinctBytes(distinct, renumber).toString('hex'),
      dependencies === null ? null : dependenciesBytes(dependencies, renumber).toString('hex'),
      list,
    ],
  );
}

/** As `statext_ndistinct_serialize` writes it. */
function distinctBytes(text: string, renumber: (number: number) => number): Buffer {
  const items = readItems(text).map(({ numbers, value }) => {
    const item = Buffer.alloc(12 + 2 * numbers.length);
    item.writeDoubleLE(value, 0);
    item.writeInt32LE(numbers.length, 8);
    for (const [at, number] of numbers.entries()) item.writeInt16LE(renumber(number), 12 + 2 * at);
    return item;
  });
  return Buffer.concat([header(DISTINCT_MAGIC, items.length), ...items]);
}

/** As `statext_dependencies_serialize` writes it. */
function dependenciesBytes(text: string, renumber: (number: number) => number): Buffer {
  const items = readItems(text).map(({ numbers, value }) => {
    const item = Buffer.alloc(10 + 2 * numbers.length);
    item.writeDoubleLE(value, 0);
    item.writeInt16LE(numbers.length, 8);
    for (const [at, number] of numbers.entries()) item.writeInt16LE(renumber(number), 10 + 2 * at);
    return item;
  });
  return Buffer.concat([header(DEPENDENCIES_MAGIC, items.length), ...items]);
}

function header(magic: number, items: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(TYPE, 4);
  bytes.writeUInt32LE(items, 8);
  return bytes;
}

/** `{"1, 2": 33178}` and `{"1 => 2": 0.9}`. */
function readItems(text: string): { numbers: number[]; value: number }[] {
  return Object.entries(JSON.parse(text) as Record<string, number>).map(([key, value]) => ({
    numbers: key.split(/, | => /).map(Number),
    value,
  }));
}

/**
 * The list of common values in binary form: of a table that has each of them once the server makes such a list by
 * itself; their frequencies are then put in.
 */
async function commonList(
  postgres: EmbeddedPostgres,
  { columns }: Target,
  { values, frequencies, baseFrequencies }: NonNullable<SourceExtendedStatistics['common']>,
): Promise<string | null> {
  if (values.length === 0) return null;
  const names = columns.map(({ name }) => quote(name)).join(', ');
  const definitions = columns.map(({ name, type }) => `${quote(name)} ${type}`).join(', ');
  const casts = columns.map(({ type }, at) => `(row ->> ${at})::${type}`).join(', ');
  await postgres.exec(`
    create temp table evenkeel_common (${definitions});
    create statistics pg_temp.evenkeel_common (mcv) on ${names} from evenkeel_common;
    alter statistics pg_temp.evenkeel_common set statistics ${Math.min(Math.max(values.length, 100), 10_000)}`);
  try {
    await postgres.query(
      `insert into evenkeel_common select ${casts} from json_array_elements($1::json) as row`,
      [JSON.stringify(values)],
    );
    await postgres.exec('analyze evenkeel_common');
    const [made] = await postgres.query<{ bytes: string; items: readonly (readonly (string | null)[])[] }>(
      MADE,
    );
    if (!made) return null;
    const bytes = Buffer.from(made.bytes, 'hex');
    const places = new Map(values.map((each, at) => [JSON.stringify(each), at]));
    const size = itemBytes(columns.length);
    const start = bytes.length - made.items.length * size;
    made.items.forEach((item, at) => {
      const place = places.get(JSON.stringify(item)) ?? 0;
      // One byte a column says whether it is NULL; the two frequencies come next.
      bytes.writeDoubleLE(frequencies[place] ?? 0, start + at * size + columns.length);
      bytes.writeDoubleLE(baseFrequencies[place] ?? 0, start + at * size + columns.length + 8);
    });
    return bytes.toString('hex');
  } finally {
    await postgres.exec('drop table evenkeel_common');
  }
}

/** mcv.c: whether each column is NULL, two frequencies, and where the value of each column is found. */
function itemBytes(columns: number): number {
  return columns + 16 + 2 * columns;
}

const MADE = `
select encode(d.stxdmcv::bytea, 'hex') as bytes, (
  select json_agg(m.values order by m.index) from pg_mcv_list_items(d.stxdmcv) m
) as items
from pg_statistic_ext_data d join pg_statistic_ext x on x.oid = d.stxoid
where x.stxname = 'evenkeel_common' and x.stxnamespace = pg_my_temp_schema()`;
