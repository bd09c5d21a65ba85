import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/* Of PostgreSQL's pages on disk: bufpage.h and nbtree.h. All little-endian, as WebAssembly is. */
export const PAGE_SIZE = 8192;
const PAGE_HEADER = 24;
const OPAQUE = 16;
const LAYOUT_VERSION = 4;
const META_ROOT = PAGE_HEADER + 8;
const IS_LEAF = 1;
const IS_ROOT = 2;
const ITEM_NORMAL = 1;
const PIVOT = 0x2000;
const DOWNLINK_BYTES = 8;

/**
 * Gives the file of an empty b-tree a root at `height` and one page on each level below it, down to a leaf without
 * rows. The planner reads the height from the first page, and for the least and the greatest value it goes down to
 * the leaf, where it finds that there is none.
 *
 * @param height of the root over the leaves; 0 where the root is a leaf
 */
export function writeBtreeSpine(file: string, height: number): void {
  const fd = openSync(file, 'r+');
  try {
    const meta = Buffer.alloc(PAGE_SIZE);
    readSync(fd, meta, 0, PAGE_SIZE, 0);
    const root = height + 1;
    // The root and its level, twice: as the true and as the fast root.
    meta.writeUInt32LE(root, META_ROOT);
    meta.writeUInt32LE(height, META_ROOT + 4);
    meta.writeUInt32LE(root, META_ROOT + 8);
    meta.writeUInt32LE(height, META_ROOT + 12);
    writeSync(fd, meta, 0, PAGE_SIZE, 0);
    for (let level = 0; level <= height; level++) {
      writeSync(fd, spinePage(level, level === height), 0, PAGE_SIZE, (level + 1) * PAGE_SIZE);
    }
  } finally {
    closeSync(fd);
  }
}

/** The only page of its level: a leaf without rows, or one with a link to the page of the level below. */
function spinePage(level: number, isRoot: boolean): Buffer {
  const page = Buffer.alloc(PAGE_SIZE);
  const special = PAGE_SIZE - OPAQUE;
  const upper = level === 0 ? special : special - DOWNLINK_BYTES;
  page.writeUInt16LE(level === 0 ? PAGE_HEADER : PAGE_HEADER + 4, 12);
  page.writeUInt16LE(upper, 14);
  page.writeUInt16LE(special, 16);
  page.writeUInt16LE(PAGE_SIZE | LAYOUT_VERSION, 18);
  if (level > 0) {
    page.writeUInt32LE(upper | (ITEM_NORMAL << 15) | (DOWNLINK_BYTES << 17), PAGE_HEADER);
    // A block number is kept as two halves, the higher first; the level below is one page before.
    page.writeUInt16LE(level >>> 16, upper);
    page.writeUInt16LE(level & 0xffff, upper + 2);
    page.writeUInt16LE(DOWNLINK_BYTES | PIVOT, upper + 6);
  }
  page.writeUInt32LE(level, special + 8);
  page.writeUInt16LE((level === 0 ? IS_LEAF : 0) | (isRoot ? IS_ROOT : 0), special + 12);
  return page;
}
