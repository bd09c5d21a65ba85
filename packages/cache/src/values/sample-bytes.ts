import {
  arrayBytes,
  builtinBytes,
  mapBytes,
  OPAQUE,
  objectBytes,
  ownsNames,
  primitiveBytes,
  SLOT,
  setBytes,
} from './heap-layout.ts';

/* What is not looked at any more: a small string or object. */
const UNSEEN = 24;

/* The first item may use up no more than this part of the nodes, so that several are seen. */
const FIRST_PART = 1 / 8;

/* Enough to tell an array with holes from one that is nothing but holes. */
const PROBES = 64;

/**
 * Estimates an object too large to be counted: looks at items of each collection, spread over it, until the
 * nodes it may visit are used up, and takes the others to be like them.
 */
export function sampleBytes(root: object, nodes: number): number {
  return new Sampler(root).objectBytes(root, nodes);
}

/** The items looked at. */
interface Sample {
  /** What they take beside their slots. */
  readonly bytes: number;
  readonly visited: number;
  /** How many had been seen before. */
  readonly repeated: number;
  readonly numbers: number;
}

class Sampler {
  readonly #known: Set<object>;
  #visited = 0;

  constructor(root: object) {
    this.#known = new Set([root]);
  }

  objectBytes(value: object, nodes: number): number {
    try {
      if (Array.isArray(value)) return this.#arrayBytes(value, nodes);
      if (value instanceof Map) return this.#mapBytes(value, nodes);
      if (value instanceof Set) {
        const values = this.#sample(value, value.size, nodes);
        return setBytes(value.size) + SLOT * value.size + extrapolate(values, value.size);
      }
      return builtinBytes(value) ?? this.#propertiesBytes(value, nodes);
    } catch {
      return OPAQUE;
    }
  }

  #arrayBytes(items: readonly unknown[], nodes: number): number {
    const { length } = items;
    if (length === 0) return arrayBytes(0);
    if (length > PROBES) {
      let probes = 0;
      let present = 0;
      for (const index of spread(length)) {
        if (index in items) present++;
        if (++probes === PROBES) break;
      }
      // An array with so many holes is a hash table of 3 words an item: its length says nothing.
      if (present * 8 < PROBES) {
        return arrayBytes(1) + (3 * SLOT + UNSEEN) * Math.round((length * present) / PROBES);
      }
    }
    const sample = this.#sample(length <= nodes ? items : each(items), length, nodes);
    const unboxed = sample.numbers === sample.visited;
    return arrayBytes(length) + SLOT * length + (unboxed ? 0 : extrapolate(sample, length));
  }

  #mapBytes(map: ReadonlyMap<unknown, unknown>, nodes: number): number {
    const { size } = map;
    const before = this.#visited;
    const keys = extrapolate(this.#sample(map.keys(), size, nodes / 2), size);
    const values = extrapolate(this.#sample(map.values(), size, nodes - (this.#visited - before)), size);
    return mapBytes(size) + 2 * SLOT * size + keys + values;
  }

  #propertiesBytes(value: object, nodes: number): number {
    const names = Object.keys(value);
    const size = names.length;
    let bytes = objectBytes(size) + SLOT * size;
    if (ownsNames(size)) bytes += extrapolate(this.#sample(each(names), size, nodes / 2), size);
    const values = size <= nodes ? Object.values(value) : properties(value, names);
    return bytes + extrapolate(this.#sample(values, size, nodes), size);
  }

  #sample(items: Iterable<unknown>, size: number, nodes: number): Sample {
    const start = this.#visited;
    let bytes = 0;
    let visited = 0;
    let repeated = 0;
    let numbers = 0;
    for (const item of items) {
      const left = nodes - (this.#visited - start);
      const usual = visited === 0 ? nodes * FIRST_PART : (this.#visited - start) / visited;
      // An item that cannot be seen whole would pass for a smaller one.
      if (left < 1 || (visited > 0 && left < usual)) break;
      const share = Math.min(left - 1, Math.max(left / (size - visited), 2 * usual));
      this.#visited++;
      visited++;
      if (typeof item !== 'object' || item === null) {
        bytes += primitiveBytes(item);
        if (typeof item === 'number') numbers++;
      } else if (this.#known.has(item)) {
        repeated++;
      } else {
        this.#known.add(item);
        bytes += this.objectBytes(item, share);
      }
    }
    return { bytes, visited, repeated, numbers };
  }
}

function extrapolate({ bytes, visited, repeated }: Sample, size: number): number {
  if (visited === 0) return UNSEEN * size;
  // Where most of what was looked at had been seen before, the rest is taken to be as well.
  return repeated * 2 > visited ? bytes : (bytes * size) / visited;
}

function* each(items: readonly unknown[]): Generator<unknown> {
  for (const index of spread(items.length)) yield items[index];
}

function* properties(value: object, names: readonly string[]): Generator<unknown> {
  for (const index of spread(names.length)) {
    yield (value as Readonly<Record<string, unknown>>)[names[index] ?? ''];
  }
}

/**
 * Every index below `length` once, in steps of the golden ratio of it: however many are taken, they lie about
 * evenly, and items that take turns are seen in turn.
 */
function* spread(length: number): Generator<number> {
  let step = Math.max(1, Math.round(length * 0.6180339887498949));
  while (greatestCommonDivisor(step, length) > 1) step++;
  for (let count = 0, index = 0; count < length; count++) {
    yield index;
    index = (index + step) % length;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
