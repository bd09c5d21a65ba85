import type { Catalogue, ExistingIndex, IndexDefinition, Table } from '../../catalogue/catalogue.ts';
import type { Plan } from '../plans/plan.ts';

/** How sure it is that an index can go. */
export type DropConfidence = 'high' | 'medium' | 'low';

/** An index that may be superfluous, or is broken. Nothing drops it but you. */
export interface IndexFinding {
  /** The same for the same index and fault. */
  readonly id: string;
  readonly kind: 'duplicate' | 'covered' | 'unused' | 'invalid';
  readonly index: ExistingIndex;
  /** The index that does its work, where another does. */
  readonly by: ExistingIndex | undefined;
  /** In plain words. */
  readonly message: string;
  readonly confidence: DropConfidence;
  /** What the numbers do not say, and should be looked at first. */
  readonly caveats: readonly string[];
  readonly evidence: Readonly<Record<string, unknown>>;
  /**
   * A psql script that drops it if all is still as described here, and says how to bring it back; undefined where the
   * evidence is not enough, or PostgreSQL does not let it go.
   */
  readonly script: string | undefined;
}

/** Foreign keys that no index supports: changes of the referenced table, and joins, read the whole table. */
export interface MissingForeignKeyIndex {
  readonly id: string;
  readonly definition: IndexDefinition;
  /** Names of the constraints it would support. */
  readonly foreignKeys: readonly string[];
  readonly message: string;
  readonly caveats: readonly string[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** A query that was seen, to ask which indexes its plan uses. */
export interface SeenQuery {
  readonly id: string;
  /** Its plan, where one was looked at. */
  readonly plan?: Plan;
}

/** What the rules look at. */
export interface IndexContext {
  readonly catalogue: Catalogue;
  /** Epoch ms. */
  readonly now: number;
  /** Ids of queries by the index that their plan uses. */
  readonly usedBy: ReadonlyMap<string, readonly string[]>;
  /** How long scans have been counted, in ms, at least; undefined where nothing tells. */
  readonly windowMs: number | undefined;
}

/** `public.orders_idx`. */
export function nameOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}.${name}`;
}

/** Whether PostgreSQL, or those who read its log, need the index for more than finding rows. */
export function isBound({ constraint, isPrimary, isReplicaIdentity }: ExistingIndex): boolean {
  return constraint !== undefined || isPrimary || isReplicaIdentity;
}

/** The index of the partitioned table that this index of a partition belongs to, by its definition. */
export function parentIndex(
  index: ExistingIndex,
  table: Table,
  catalogue: Catalogue,
): ExistingIndex | undefined {
  if (!table.parent) return undefined;
  const parent = catalogue.find(table.parent.name, table.parent.schema);
  return parent?.indexes.find((each) => sameShape(each, index));
}

/** Whether two indexes, of one table or of two with the same columns, are defined alike. */
export function sameShape(a: IndexDefinition, b: IndexDefinition): boolean {
  return shapeOf(a) === shapeOf(b);
}

function shapeOf({ method, keys, include, where }: IndexDefinition): string {
  return JSON.stringify([method, keys.map(keyOf), [...include].sort(), where ?? null]);
}

/** A key as text: the same where it orders alike. */
export function keyOf(key: IndexDefinition['keys'][number]): string {
  const { kind, sql, operatorClass = '', descending = false } = key;
  const nulls = key.nulls ?? (descending ? 'first' : 'last');
  return JSON.stringify([kind, sql, operatorClass, descending, nulls]);
}
