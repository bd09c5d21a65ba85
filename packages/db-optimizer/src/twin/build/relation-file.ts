import { closeSync, existsSync, openSync, rmSync, truncateSync } from 'node:fs';
import { PAGE_SIZE } from './btree-spine.ts';

/* PostgreSQL keeps a relation in files of 1 GB: 123, 123.1, 123.2… */
const SEGMENT_PAGES = 131_072;

/**
 * Makes a relation as long as it is to look, without writing to it: the files are sparse, and take no room on disks
 * that can leave zeros out.
 */
export function resizeRelation(file: string, pages: number): void {
  const segments = Math.max(1, Math.ceil(pages / SEGMENT_PAGES));
  for (let segment = 0; segment < segments; segment++) {
    const path = segment === 0 ? file : `${file}.${segment}`;
    if (segment > 0) closeSync(openSync(path, 'a'));
    truncateSync(path, Math.min(pages - segment * SEGMENT_PAGES, SEGMENT_PAGES) * PAGE_SIZE);
  }
  for (let segment = segments; existsSync(`${file}.${segment}`); segment++) rmSync(`${file}.${segment}`);
}
