import { formatBytes } from '@evenkeel/core';
import type { Catalogue, Table } from '../../catalogue/catalogue.ts';
import { nameOf } from './index-finding.ts';

/** A table whose indexes make writing expensive. */
export interface WriteBurden {
  readonly id: string;
  readonly kind: 'few heap-only updates' | 'heavy indexes';
  readonly schema: string;
  readonly table: string;
  /** In plain words. */
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/* Fewer writes since counting began are no burden. */
const MANY_WRITES = 10_000;

/* With an update that is not heap-only, each index takes an entry. */
const FEW_HEAP_ONLY = 0.5;

/* Indexes of more than the table they are on, and not small. */
const HEAVY = 2;
const HEAVY_BYTES = 64 * 1024 ** 2;

/* Of an entry in a b-tree with keys of 8 bytes; proofs/timed.mjs measures it. */
const WAL_BYTES_PER_ENTRY = 75;

/** Tables whose updates have to go through all their indexes, or whose indexes weigh much more than they do. */
export function writeBurdens({ tables }: Catalogue): WriteBurden[] {
  return tables.flatMap((table) => judge(table)).sort((a, b) => walBytes(b) - walBytes(a));
}

function walBytes({ evidence }: WriteBurden): number {
  return Number(evidence.indexWalBytes);
}

function judge(table: Table): WriteBurden[] {
  const { schema, name, indexes, activity } = table;
  const { inserts, updates, hotUpdates } = activity;
  // What is written to a partitioned table is told of its partitions.
  if (indexes.length === 0 || table.kind === 'partitioned') return [];
  const indexBytes = indexes.reduce((sum, { bytes }) => sum + bytes, 0);
  const hotShare = updates === 0 ? 1 : hotUpdates / updates;
  const evidence = {
    inserts,
    updates,
    hotShare,
    indexes: indexes.map((index) => index.name),
    indexBytes,
    bytes: table.bytes,
    indexWalBytes: WAL_BYTES_PER_ENTRY * indexes.length * (inserts + updates - hotUpdates),
  };
  const burdens: WriteBurden[] = [];
  const tell = (kind: WriteBurden['kind'], message: string): void => {
    burdens.push({
      id: `${kind.replaceAll(' ', '-')}:${nameOf(table)}`,
      kind,
      schema,
      table: name,
      message,
      evidence,
    });
  };
  if (updates >= MANY_WRITES && hotShare < FEW_HEAP_ONLY && indexes.length > 1)
    tell(
      'few heap-only updates',
      `Only ${Math.round(100 * hotShare)} % of the updates of ${nameOf(table)} are heap-only, so that the others write into all ${indexes.length} indexes: either they change a column that is indexed, or the pages have no room, which a fillfactor of 90 or less would leave.`,
    );
  if (inserts + updates >= MANY_WRITES && indexBytes >= HEAVY_BYTES && indexBytes > HEAVY * table.bytes)
    tell(
      'heavy indexes',
      `The ${indexes.length} indexes of ${nameOf(table)} take ${formatBytes(indexBytes)}, ${(indexBytes / Math.max(1, table.bytes)).toFixed(1)} times the table itself: each row that is inserted goes into all of them.`,
    );
  return burdens;
}
