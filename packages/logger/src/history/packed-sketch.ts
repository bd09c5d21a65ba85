import { QuantileSketch, type QuantileSketchData } from '@evenkeel/core/statistics';
import { RELATIVE_ERROR } from './cell.ts';

/*
 * A sketch of 1 % in few bytes, for memory and databases: what `toJSON` gives, but for sum and extremes, which stand
 * beside it. After a byte for the version all is numbers in groups of seven bits, the lowest first, the eighth bit set
 * where more follow: zeros, ignored, collapsed of positive and of negative values, how many numbers follow for the
 * positive values, then these and those of the negative values, each of them folded: 0, -1, 1, -2, 2 as 0, 1, 2, 3, 4.
 */
const VERSION = 1;

/** Buckets of a sketch without sum and extremes. */
export interface SketchBuckets {
  readonly zeros: number;
  readonly ignored: number;
  readonly collapsed: readonly number[];
  readonly positive: readonly number[];
  readonly negative: readonly number[];
}

export function packSketch(sketch: SketchBuckets): Uint8Array {
  const { zeros, ignored, collapsed, positive, negative } = sketch;
  const bytes: number[] = [VERSION];
  const numbers = [zeros, ignored, collapsed[0] ?? 0, collapsed[1] ?? 0, positive.length];
  for (const number of numbers) pushNumber(bytes, number);
  for (const number of positive) pushNumber(bytes, number < 0 ? -2 * number - 1 : 2 * number);
  for (const number of negative) pushNumber(bytes, number < 0 ? -2 * number - 1 : 2 * number);
  return Uint8Array.from(bytes);
}

/** @throws RangeError for bytes that `packSketch` did not write */
export function unpackSketch(bytes: Uint8Array): SketchBuckets {
  if (bytes[0] !== VERSION) throw new RangeError(`a packed sketch begins with ${VERSION}, got ${bytes[0]}`);
  const numbers: number[] = [];
  let number = 0;
  let scale = 1;
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    number += (byte & 127) * scale;
    if (byte >= 128) {
      scale *= 128;
    } else {
      numbers.push(number);
      number = 0;
      scale = 1;
    }
  }
  const [zeros = 0, ignored = 0, above = 0, below = 0, length = 0] = numbers;
  if (numbers.length < 5 + length) throw new RangeError('a packed sketch is cut short');
  const unfolded = numbers.slice(5).map((folded) => (folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2));
  const [positive, negative] = [unfolded.slice(0, length), unfolded.slice(length)];
  return { zeros, ignored, collapsed: [above, below], positive, negative };
}

/** The sketch whose buckets these are, of values with this sum and these extremes. */
export function sketchOf(
  buckets: SketchBuckets,
  { sum, min, max }: { readonly sum: number; readonly min: number; readonly max: number },
): QuantileSketch {
  const isEmpty = min > max;
  const extremes = isEmpty ? {} : { min, max };
  const data: QuantileSketchData = { relativeError: RELATIVE_ERROR, sum, ...extremes, ...buckets };
  return QuantileSketch.fromJSON(data);
}

function pushNumber(bytes: number[], number: number): void {
  let rest = number;
  while (rest >= 128) {
    bytes.push(128 + (rest % 128));
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
