/*
 * Values as SQL expressions that are spread like random ones but depend only on a row's number, the salt of a column
 * and the seed below: the same rows in any order of making, on any server.
 */
const SEED = 42;

/** A whole number from 0 to below `bound`. */
export function spread(row: string, salt: number, bound: number | string): string {
  return `((hashint8extended((${row})::bigint, ${SEED * 1000 + salt}) & 2147483647)::integer % (${bound}))`;
}

/** A whole number from 0 to below `bound`, the lower the likelier: half of them are below an eighth of it. */
export function skewed(row: string, salt: number, bound: number | string): string {
  return `(power(${spread(row, salt, 1_000_000)} / 1000000.0, 3) * (${bound}))::integer`;
}

/** One of the words. */
export function word(words: readonly string[], row: string, salt: number): string {
  return `(array[${words.map((each) => `'${each}'`).join(',')}])[1 + ${spread(row, salt, words.length)}]`;
}

/** As many words of everyday as asked for. */
export function prose(row: string, salt: number, count: number): string {
  const words = Array.from({ length: count }, (_, at) => word(EVERYDAY, row, 100 * salt + at));
  return words.join(` || ' ' || `);
}

/** Whether a row is among one in `parts`. */
export function oneIn(parts: number, row: string, salt: number): string {
  return `${spread(row, salt, parts)} = 0`;
}

const EVERYDAY = [
  'apple',
  'arrow',
  'autumn',
  'basket',
  'beacon',
  'birch',
  'bottle',
  'bridge',
  'candle',
  'canvas',
  'carpet',
  'cellar',
  'cherry',
  'clover',
  'copper',
  'corner',
  'cotton',
  'dapper',
  'early',
  'ember',
  'fallow',
  'feather',
  'fennel',
  'ferry',
  'forest',
  'garden',
  'ginger',
  'gravel',
  'harbour',
  'hazel',
  'hollow',
  'honey',
  'island',
  'ivory',
  'kettle',
  'ladder',
  'lantern',
  'linen',
  'maple',
  'marble',
  'meadow',
  'mellow',
  'mirror',
  'narrow',
  'nutmeg',
  'orchard',
  'paper',
  'pebble',
  'pepper',
  'pillow',
  'quarry',
  'quiet',
  'raven',
  'ribbon',
  'river',
  'saddle',
  'saffron',
  'silver',
  'sparrow',
  'summer',
  'thistle',
  'timber',
  'velvet',
  'willow',
];
