/*
 * How a table keeps its entries: constants in a file of their own, because the build puts constants of another
 * file into the code as numbers, and those of the same file into variables.
 */

/** The columns of a guard, 32-bit integers all. */
export const TICK = 0;
export const WORD = 1;
export const BYTES = 2;
export const TAGS = 3;
export const COLUMNS = 4;

/** In a guard's word: three bits for the count of hits, two flags, and the mark in the others. */
export const REUSE_MASK = 7;
export const NOTED = 8;
export const TIMELESS = 16;
export const FLAGS_MASK = 24;
export const MARK_SHIFT = 5;

/** Marks are counted to here and begin anew: what fits into a word beside the other bits. */
export const MAX_MARK = 33_554_431;

/** The mark of an entry that no fast read or write may touch. */
export const NO_MARK = -1;

/** The mark that no guard carries: while the clock has to be read anew, no fast read finds what it looks for. */
export const CLOCK_UNREAD = -2;

/** Ticks are compared modulo 2^32: whatever expires later is looked at again by then. */
export const MAX_TICKS = 1_073_741_824;

/** The most bytes that a guard has room for. */
export const MAX_BYTES = 2_147_483_647;

/** The id of no tags at all. */
export const NO_TAGS = 0;

/** What an entry takes besides key and value: its object, its slots in the table and in the policy. */
export const ENTRY_BYTES = 240;

/** Instead of the place of an entry: there is none; or there is one, but it takes more than a look. */
export const ABSENT = -1;
export const CLOSED = -2;
