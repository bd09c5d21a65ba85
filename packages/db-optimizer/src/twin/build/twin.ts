import { join } from 'node:path';
import { EmbeddedPostgres, type EmbeddedPostgresOptions } from '../embedded/embedded-postgres.ts';
import type { SourceSnapshot } from '../source/snapshot.ts';
import { writeBtreeSpine } from './btree-spine.ts';
import { buildSchema } from './build-schema.ts';
import { restoreExtendedStatistics } from './extended-statistics.ts';
import { resizeRelation } from './relation-file.ts';
import { restoreStatistics } from './restore-statistics.ts';
import { applySettings } from './settings.ts';
import { FILES, type FileRow, PARTS, type PartRow, SHAPE, WITNESS_SPACE } from './twin-queries.ts';

/** A file of the twin, and how long it is made to look. */
interface RelationFile {
  readonly oid: number;
  readonly path: string;
  readonly pages: number;
}

/** An index of the twin; one of a partitioned table stands for those of its partitions. */
export interface TwinIndex {
  readonly oid: number;
  /** Its own and those of its parts. */
  readonly oids: readonly number[];
  /** Names of it and of its parts, as plans have them. */
  readonly names: readonly string[];
}

/** How an index to be made is to look. */
export interface IndexShape {
  readonly pages: number;
  readonly tuples: number;
  /** Of a b-tree: levels over its leaves. */
  readonly height: number;
}

export interface BuildTwinOptions extends Omit<EmbeddedPostgresOptions, 'extensions' | 'isByteOrdered'> {
  /** Levels over the leaves of an existing b-tree. */
  readonly heightOf: (schema: string, index: string, pages: number) => number;
}

/**
 * A PostgreSQL without rows that plans as the source does: it has the source's schema, statistics and settings, and
 * its files are as long as the source's. Nothing may be executed in it but EXPLAIN: its pages are empty.
 */
export class Twin {
  readonly postgres: EmbeddedPostgres;
  /** What is not as in the source, in plain words. */
  readonly missing: readonly string[];
  readonly #tables = new Map<string, TwinTable>();
  readonly #indexes = new Map<string, TwinIndex>();
  #made = 0;
  #hasWitnesses = false;

  /** @throws TwinError */
  static async build(snapshot: SourceSnapshot, options: BuildTwinOptions): Promise<Twin> {
    const postgres = await EmbeddedPostgres.start({
      ...options,
      extensions: snapshot.extensions.map(({ name }) => name),
      isByteOrdered: snapshot.isByteOrdered,
    });
    try {
      await postgres.exec('create extension pg_buffercache schema pg_catalog');
      const missing = await buildSchema(postgres, snapshot);
      await restoreStatistics(postgres, snapshot);
      missing.push(...(await restoreExtendedStatistics(postgres, snapshot)));
      const twin = new Twin(postgres, [...snapshot.missing, ...missing]);
      await twin.#shape(snapshot, options.heightOf);
      await applySettings(postgres, snapshot);
      return twin;
    } catch (error) {
      await postgres.close();
      throw error;
    }
  }

  private constructor(postgres: EmbeddedPostgres, missing: readonly string[]) {
    this.postgres = postgres;
    this.missing = missing;
  }

  /** Whether it failed beyond repair: a plan took too long, say. */
  get isLost(): boolean {
    return this.postgres.isEnded;
  }

  /** An index that the source has. */
  existingIndex(schema: string, name: string): TwinIndex | undefined {
    return this.#indexes.get(key(schema, name));
  }

  /** The table and, where it is partitioned, its partitions that have files. */
  parts(schema: string, table: string): readonly { readonly schema: string; readonly name: string }[] {
    return this.#tables.get(key(schema, table))?.leaves ?? [];
  }

  /**
   * Makes an index that is hidden from the planner until it is shown.
   *
   * @param sql creates it by the name that it is given
   * @param shape of the index, or of its part on one partition
   */
  async createIndex(
    { schema, table, method }: { schema: string; table: string; method: string },
    sql: (name: string) => string,
    shape: (part: { readonly schema: string; readonly table: string }) => IndexShape,
  ): Promise<TwinIndex> {
    const leaves = this.#tables.get(key(schema, table))?.leaves ?? [];
    // No index of the source has a name like that.
    const name = `evenkeel~${++this.#made}`;
    // Building an index reads the table through, which is as long as the source's, and as empty as it is long.
    await this.#release(leaves);
    let rows: readonly PartRow[];
    try {
      for (const { file } of leaves) resizeRelation(join(this.postgres.folder, file.path), 0);
      await this.postgres.query(sql(name));
      rows = await this.postgres.query<PartRow>(PARTS, [schema, name]);
    } finally {
      for (const { file } of leaves) resizeRelation(join(this.postgres.folder, file.path), file.pages);
    }
    const shaped = rows
      .filter(({ path }) => path !== null)
      .map((row) => ({ ...row, ...shape({ schema: row.tableSchema, table: row.table }) }));
    await this.postgres.query(SHAPE, [JSON.stringify(shaped)]);
    for (const { path, pages, height } of shaped) this.#write(path ?? '', pages, method, height);
    const index = {
      oid: rows[0]?.oid ?? 0,
      oids: rows.map(({ oid }) => oid),
      names: rows.map(({ name }) => name),
    };
    await this.setVisible([index], []);
    return index;
  }

  /** Makes a unique index that costs too much to be in any plan, and is hidden until it is shown. */
  async createWitness(
    table: { schema: string; table: string; method: string },
    sql: (name: string) => string,
  ): Promise<TwinIndex> {
    if (!this.#hasWitnesses) await this.postgres.exec(WITNESS_SPACE);
    this.#hasWitnesses = true;
    await this.postgres.query("set default_tablespace = 'evenkeel_witness'");
    try {
      return await this.createIndex(table, sql, () => ({ pages: 1, tuples: 0, height: 0 }));
    } finally {
      await this.postgres.query("set default_tablespace = ''");
    }
  }

  /** Hides indexes from the planner, and shows others to it. */
  async setVisible(hidden: readonly TwinIndex[], shown: readonly TwinIndex[]): Promise<void> {
    if (hidden.length === 0 && shown.length === 0) return;
    const on = shown.flatMap(({ oids }) => oids);
    await this.postgres.query(
      'update pg_index set indisvalid = indexrelid = any($1::oid[]) where indexrelid = any($2::oid[])',
      [on, [...hidden.flatMap(({ oids }) => oids), ...on]],
    );
  }

  async dropIndex({ oid }: TwinIndex): Promise<void> {
    const [row] = await this.postgres.query<{ name: string }>('select $1::oid::regclass::text as name', [
      oid,
    ]);
    if (row) await this.postgres.query(`drop index ${row.name}`);
  }

  /** The rows of `EXPLAIN (FORMAT JSON)`. */
  async explain(text: string, isGeneric: boolean): Promise<readonly Readonly<Record<string, unknown>>[]> {
    if (!isGeneric) return await this.postgres.query(`explain (format json) ${text}`);
    // The protocol that refuses two statements in a text wants values for `$n`; the other does not refuse them.
    const generic = `explain (format json, generic_plan) ${text}`;
    await this.postgres.parse(generic);
    return await this.postgres.exec(generic);
  }

  /** Keeps the planner from hash joins for a while. */
  async withoutHashJoins<T>(work: () => Promise<T>): Promise<T> {
    const [row] = await this.postgres.query<{ before: string }>(
      "select current_setting('enable_hashjoin') as before",
    );
    await this.postgres.query('set enable_hashjoin = off');
    try {
      return await work();
    } finally {
      if (!this.isLost)
        await this.postgres.query("select set_config('enable_hashjoin', $1, false)", [row?.before ?? 'on']);
    }
  }

  async close(): Promise<void> {
    await this.postgres.close();
  }

  /** Writes the files of the source's tables and indexes. */
  async #shape(snapshot: SourceSnapshot, heightOf: BuildTwinOptions['heightOf']): Promise<void> {
    const rows = await this.postgres.query<FileRow>(FILES);
    const byName = new Map(rows.map((row) => [key(row.schema, row.name), row]));
    // What lies in the buffers would hide the files, or overwrite them.
    await this.postgres.query('select pg_buffercache_evict_all()');
    const pagesOf = new Map(snapshot.relations.map(({ schema, name, pages }) => [key(schema, name), pages]));
    for (const relation of snapshot.relations) {
      const row = byName.get(key(relation.schema, relation.name));
      if (!row) continue;
      if (row.path !== null) this.#write(row.path, relation.pages, 'heap', 0);
      const leaves = row.leaves.flatMap((leaf) => {
        const { schema, name, oid, path } = leaf;
        return path === null
          ? []
          : [{ schema, name, file: { oid, path, pages: pagesOf.get(key(schema, name)) ?? 0 } }];
      });
      this.#tables.set(key(relation.schema, relation.name), { leaves });
    }
    for (const index of snapshot.indexes) {
      const row = byName.get(key(index.schema, index.name));
      if (!row) continue;
      if (row.path !== null)
        this.#write(row.path, index.pages, index.method, heightOf(index.schema, index.name, index.pages));
      this.#indexes.set(key(index.schema, index.name), {
        oid: row.oid,
        oids: row.tree.map(({ oid }) => oid),
        names: row.tree.map(({ name }) => name),
      });
    }
  }

  #write(path: string, pages: number, method: string, height: number): void {
    const file = join(this.postgres.folder, path);
    // The first page says what the index is; it is followed by one page for each level.
    if (method === 'btree' && pages > 1) writeBtreeSpine(file, Math.min(height, pages - 2));
    if (method === 'heap' || pages > 1) resizeRelation(file, pages);
  }

  /** Makes the server close the files of tables that have several, which it would else not notice to be gone. */
  async #release(leaves: readonly TwinLeaf[]): Promise<void> {
    const oids = leaves.map(({ file }) => file.oid);
    await this.postgres.query('update pg_class set relname = relname where oid = any($1::oid[])', [oids]);
  }
}

interface TwinLeaf {
  readonly schema: string;
  readonly name: string;
  readonly file: RelationFile;
}

interface TwinTable {
  readonly leaves: readonly TwinLeaf[];
}

/** A qualified name as a key. */
function key(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}
