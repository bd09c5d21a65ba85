import { Table } from './table.ts';

/*
 * A Map rehashes all its keys at once when it grows, and when it shrinks to a quarter: 13 ms at a million. Larger
 * caches are therefore cut into tables of about this size; smaller ones save themselves the choice.
 */
const TABLE_SIZE = 32_768;
const UNCUT_SIZE = 131_072;

/* For caches that only bytes limit. */
const MAX_TABLES = 256;

/** The tables for so many entries: a power of two of them. */
export function createTables(maxEntries: number): readonly [Table, ...Table[]] {
  const count =
    maxEntries <= UNCUT_SIZE ? 1 : Math.min(MAX_TABLES, 2 ** Math.ceil(Math.log2(maxEntries / TABLE_SIZE)));
  return [new Table(), ...Array.from({ length: count - 1 }, () => new Table())];
}

/**
 * Which table a key belongs to: by its end and its middle, since ids mostly stand in one of them. A poor
 * spread costs nothing but the bound on rehashing.
 */
export function tableIndex(key: string, mask: number): number {
  // Of no use as a key, which those who look for it there will say.
  if (typeof key !== 'string') return 0;
  const { length } = key;
  const end = key.charCodeAt(length - 1) + 7 * key.charCodeAt(length - 2) + 49 * key.charCodeAt(length - 3);
  return (end + 343 * key.charCodeAt(length >> 1)) & mask;
}
