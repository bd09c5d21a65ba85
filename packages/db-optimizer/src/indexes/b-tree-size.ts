/** What a b-tree holds. */
export interface BTreeContents {
  readonly tuples: number;
  /** Of the rows that aren't among `groups`, how many distinct keys they have. */
  readonly distinctOfRest: number;
  /** Rows of each key that is known to be common, NULL among them. */
  readonly groups: readonly number[];
  /** Bytes of the keys and of what is included, in the mean, aligned within. */
  readonly dataBytes: number;
  /** Bytes of the keys alone, which the levels above the leaves hold. */
  readonly keyBytes: number;
  /** Standard deviation of `dataBytes` over the rows; 0 where all take as many. */
  readonly deviation: number;
  /** Share of the rows with a NULL among the columns. */
  readonly nullShare: number;
  /** Whether equal keys share a tuple: not with included columns, nor where equal values may look different. */
  readonly isDeduplicated: boolean;
  readonly blockSize: number;
}

/* nbtree.h, itup.h, bufpage.h of PostgreSQL 13 to 18. */
const PAGE_HEADER = 24;
const SPECIAL = 16;
const ITEM_POINTER = 4;
const TUPLE_HEADER = 8;
const NULL_BITMAP = 8;
const ROW_POINTER = 6;
const LEAF_FREE = 0.1;
const INNER_FREE = 0.3;
/* A tuple of equal keys takes a tenth of a page at the most. */
const POSTING_SHARE = 0.1;

/**
 * Pages of a b-tree as `CREATE INDEX` packs it, the one with its metadata included, and how many levels are above the
 * leaves. Follows `_bt_buildadd` and `_bt_dedup_save_htid` of nbtree; NULLs and equal keys share tuples.
 */
export function bTreeSize(contents: BTreeContents): { pages: number; height: number } {
  const { blockSize } = contents;
  // The high key's item pointer is there from the first.
  const room = blockSize - PAGE_HEADER - SPECIAL - 2 * ITEM_POINTER;
  const leaves = contents.isDeduplicated ? sharedTuples(contents) : separateTuples(contents);
  const leafRoom = room - blockSize * LEAF_FREE;
  // A page ends with the last tuple that is below the mark: half a tuple before it in the mean.
  const { bytes, largest } = leaves;
  const used = leaves.isFixed
    ? Math.max(1, Math.floor(leafRoom / largest)) * largest
    : Math.max(leafRoom - largest / 2, largest);
  let level = Math.max(1, Math.ceil(bytes / used));
  let pages = 1 + level;
  let height = 0;
  const pivot = align(TUPLE_HEADER + contents.keyBytes) + ITEM_POINTER;
  const fanOut = Math.max(2, Math.floor((room - blockSize * INNER_FREE) / pivot));
  while (level > 1) {
    level = Math.ceil(level / fanOut);
    pages += level;
    height += 1;
  }
  return { pages, height };
}

/** Of a row's tuple, with the pointer to it. */
function tupleBytes({ dataBytes, deviation, nullShare }: BTreeContents): number {
  const size = TUPLE_HEADER + dataBytes;
  const plain = meanAligned(size, deviation);
  const withNull = nullShare === 0 ? plain : meanAligned(size + NULL_BITMAP, deviation);
  return plain + nullShare * (withNull - plain) + ITEM_POINTER;
}

/** The mean of sizes after aligning, which are normal about theirs. */
function meanAligned(mean: number, deviation: number): number {
  if (deviation < ALL_ALIKE) return align(mean);
  let sum = 0;
  let weights = 0;
  const reach = Math.ceil(3 * Math.min(deviation, 8));
  for (let off = -reach; off <= reach; off++) {
    const weight = Math.exp(-0.5 * (off / deviation) ** 2);
    sum += weight * align(Math.max(TUPLE_HEADER, Math.round(mean) + off));
    weights += weight;
  }
  return sum / weights;
}

/* Sizes that deviate by less, in bytes, count as one. */
const ALL_ALIKE = 0.25;

function isOfOneSize({ deviation, nullShare }: BTreeContents): boolean {
  return deviation < ALL_ALIKE && nullShare === 0;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** What the leaves hold. */
interface Leaves {
  readonly bytes: number;
  /** Size of the tuple that a byte is in, in the mean: larger ones hold more of them. */
  readonly largest: number;
  /** Whether all tuples have that size. */
  readonly isFixed: boolean;
}

function separateTuples(contents: BTreeContents): Leaves {
  const size = tupleBytes(contents);
  return {
    bytes: contents.tuples * size,
    largest: size,
    isFixed: isOfOneSize(contents),
  };
}

/** Where rows with equal keys share tuples: the common keys each by itself, the rest as if spread at random. */
function sharedTuples(contents: BTreeContents): Leaves {
  const base = tupleBytes(contents) - ITEM_POINTER;
  const room = Math.floor((contents.blockSize * POSTING_SHARE) / 8) * 8 - ITEM_POINTER;
  const perTuple = Math.max(1, Math.floor((room - base) / ROW_POINTER));
  const sizeOf = (rows: number): number =>
    (rows <= 1 ? base : align(base + rows * ROW_POINTER)) + ITEM_POINTER;
  const ofGroup: OfGroup = (rows) => {
    const full = Math.floor(rows / perTuple);
    const left = Math.round(rows - full * perTuple);
    const first = full === 0 ? 0 : sizeOf(perTuple);
    const last = left === 0 && full > 0 ? 0 : sizeOf(left);
    return { bytes: full * first + last, squares: full * first ** 2 + last ** 2 };
  };
  let bytes = 0;
  let squares = 0;
  let rest = contents.tuples;
  for (const rows of contents.groups) {
    const group = ofGroup(rows);
    bytes += group.bytes;
    squares += group.squares;
    rest -= rows;
  }
  const distinct = Math.min(contents.distinctOfRest, Math.max(rest, 0));
  if (distinct > 0) {
    const group = meanOver(rest / distinct, ofGroup);
    bytes += distinct * group.bytes;
    squares += distinct * group.squares;
  }
  const isUnshared = contents.groups.length === 0 && distinct >= rest;
  return {
    bytes: Math.max(bytes, base),
    largest: bytes > 0 ? squares / bytes : base,
    isFixed: isUnshared && isOfOneSize(contents),
  };
}

/** Bytes of the tuples that so many rows with one key take, and the sum of their squares. */
type OfGroup = (rows: number) => { bytes: number; squares: number };

/* From here on a group's size varies too little to matter. */
const LARGE_MEAN = 50;

/** The mean over how often a key occurs, which is Poisson, given that it does; `mean` times in the mean. */
function meanOver(mean: number, ofGroup: OfGroup): { bytes: number; squares: number } {
  if (mean <= 1) return ofGroup(1);
  if (mean > LARGE_MEAN) return ofGroup(mean);
  // Solves lambda / (1 - exp(-lambda)) = mean.
  let lambda = mean;
  for (let i = 0; i < 100; i++) lambda = mean * -Math.expm1(-lambda);
  if (lambda < 1e-6) return ofGroup(1);
  let probability = (lambda * Math.exp(-lambda)) / -Math.expm1(-lambda);
  let bytes = 0;
  let squares = 0;
  for (let rows = 1; rows < 4 * LARGE_MEAN; rows++) {
    const group = ofGroup(rows);
    bytes += probability * group.bytes;
    squares += probability * group.squares;
    probability *= lambda / (rows + 1);
  }
  return { bytes, squares };
}
