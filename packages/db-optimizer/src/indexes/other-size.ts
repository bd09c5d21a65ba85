import type { Table } from '../catalogue/catalogue.ts';
import type { KeyStatistics } from './key-statistics.ts';

interface Contents extends KeyStatistics {
  readonly tuples: number;
  readonly table: Table;
  readonly blockSize: number;
}

const PAGE_OVERHEAD = 40;

/** Pages of an index that is no b-tree: right to within a factor of about two, since their statistics are not kept. */
export function otherSize(method: string, contents: Contents): number {
  const { tuples, dataBytes, table, blockSize } = contents;
  const room = blockSize - PAGE_OVERHEAD;
  switch (method) {
    case 'hash':
      return hashPages(tuples, room);
    case 'brin':
      return brinPages(table.pages, dataBytes, room);
    case 'gin':
      return 2 + Math.ceil((tuples * dataBytes * GIN_BYTES_PER_BYTE) / room);
    case 'bloom':
      return 1 + Math.ceil((tuples * BLOOM_TUPLE) / room);
    default:
      // GiST and SP-GiST: a tuple a row, in pages that splitting has left two thirds full.
      return 1 + Math.ceil((tuples * (Math.ceil((8 + dataBytes) / 8) * 8 + 4)) / (room * GIST_FILL));
  }
}

/* Words, trigrams and elements are spread over lists of rows, of which a row takes a byte or two in each. */
const GIN_BYTES_PER_BYTE = 0.8;
const BLOOM_TUPLE = 16;
const GIST_FILL = 0.66;

/* Of a hash: value and row, with their header and item pointer; pages are planned to be three quarters full. */
const HASH_TUPLE = 20;
const HASH_FILL = 0.75;

/** Buckets come in quarters of a power of two (`_hash_spareindex`), and about a tenth of them overflow. */
function hashPages(tuples: number, room: number): number {
  const buckets = Math.max(2, Math.ceil(tuples / Math.floor((room * HASH_FILL) / HASH_TUPLE)));
  const power = 2 ** Math.floor(Math.log2(buckets));
  const quarter = Math.max(1, power / 4);
  const planned = Math.ceil(buckets / quarter) * quarter;
  return Math.ceil(planned * 1.1) + 2;
}

/* `pages_per_range`, and what stands before the summary's two values. */
const BRIN_RANGE = 128;
const BRIN_TUPLE = 16;

function brinPages(heapPages: number, dataBytes: number, room: number): number {
  const ranges = Math.max(1, Math.ceil(heapPages / BRIN_RANGE));
  return 2 + Math.ceil((ranges * (BRIN_TUPLE + 2 * dataBytes)) / room);
}
