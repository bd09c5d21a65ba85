import {
  arrayBytes,
  builtinBytes,
  mapBytes,
  numberBytes,
  OPAQUE,
  objectBytes,
  ownsNames,
  primitiveBytes,
  SLOT,
  setBytes,
  stringBytes,
} from './heap-layout.ts';
import { sampleBytes } from './sample-bytes.ts';

/* Enough for what is usually cached to be counted whole, and some 100 µs of work at most. */
const MAX_NODES = 1000;

/* Objects of more properties may be hash tables. */
const MAX_FLAT = 32;

/**
 * How many bytes a value takes in memory, the slot of 8 bytes that holds it included: strings, numbers, arrays,
 * objects, maps, sets, and the bytes of buffers, as V8 lays them out on a 64-bit machine. An object that occurs
 * several times counts once, cycles too.
 *
 * Values of up to 1,000 nodes (a node is a property, item or entry) are counted whole; from there on at most
 * 1,000 nodes are sampled and the rest is extrapolated from them, though listing the keys of a large object takes
 * time that grows with it.
 *
 * It is an estimate: within a factor of 1.5 of what the heap grows by for plain data, buffers, maps and sets (of
 * strings shared by several values each counts its own), and within 3 for objects of 33 to 128 properties, which
 * V8 keeps in two ways, and for errors, whose stack is not read. Private fields, closures and what a `WeakMap`
 * holds cannot be seen; a chain of more than 1,000 links counts as far as it was followed. Getters that can be
 * enumerated are called; an object that throws when it is read counts 64 bytes. Never throws.
 */
export function estimateBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return SLOT + primitiveBytes(value);
  const flat = flatBytes(value);
  if (flat > 0) return SLOT + flat;
  const walk = new Walk(value);
  const bytes = walk.objectBytes(value);
  return SLOT + (walk.left >= 0 ? bytes : Math.round(sampleBytes(value, MAX_NODES)));
}

/** A plain object of a few primitives, which most values are: nothing to remember. 0 for all others. */
function flatBytes(value: object): number {
  try {
    // Its prototype would be the right thing to ask for, but takes as long as three properties.
    if (value.constructor !== Object) return 0;
    let bytes = objectBytes(0);
    let properties = 0;
    for (const name in value) {
      const property = (value as Readonly<Record<string, unknown>>)[name];
      if (typeof property === 'string') bytes += SLOT + stringBytes(property);
      else if (typeof property === 'number') bytes += SLOT + numberBytes(property);
      else if (typeof property === 'boolean' || property === null || property === undefined) bytes += SLOT;
      else return 0;
      if (++properties > MAX_FLAT) return 0;
    }
    return bytes;
  } catch {
    return 0;
  }
}

/** Counts all there is, and gives up when `left` falls below 0. */
class Walk {
  left = MAX_NODES;
  readonly #root: object;
  // Most values have few objects within: comparing with each is faster than to make a set, and none needs neither.
  #few: object[] | undefined = undefined;
  #many: Set<object> | undefined = undefined;

  constructor(root: object) {
    this.#root = root;
  }

  objectBytes(value: object): number {
    try {
      if (Array.isArray(value)) return this.#arrayBytes(value);
      const prototype = Object.getPrototypeOf(value);
      const inherits = prototype !== Object.prototype && prototype !== null;
      if (!inherits) return this.#propertiesBytes(value, false);
      if (value instanceof Map) return this.#mapBytes(value);
      if (value instanceof Set) return this.#setBytes(value);
      return builtinBytes(value) ?? this.#propertiesBytes(value, true);
    } catch {
      return OPAQUE;
    }
  }

  #valueBytes(value: unknown): number {
    if (typeof value === 'string') return stringBytes(value);
    if (typeof value === 'number') return numberBytes(value);
    if (typeof value !== 'object' || value === null) return primitiveBytes(value);
    return this.left < 0 || this.#isKnown(value) ? 0 : this.objectBytes(value);
  }

  #arrayBytes(items: readonly unknown[]): number {
    const length = items.length;
    this.left -= length;
    if (this.left < 0) return 0;
    let bytes = arrayBytes(length) + SLOT * length;
    let boxes = 0;
    let numbers = 0;
    for (let index = 0; index < length; index++) {
      const item = items[index];
      if (typeof item === 'number') {
        numbers++;
        boxes += numberBytes(item);
      } else {
        bytes += this.#valueBytes(item);
      }
    }
    // An array of nothing but numbers keeps them unboxed.
    return numbers === length ? bytes : bytes + boxes;
  }

  #propertiesBytes(value: object, inherits: boolean): number {
    let bytes = 0;
    let properties = 0;
    for (const name in value) {
      if (inherits && !Object.hasOwn(value, name)) continue;
      properties++;
      if (--this.left < 0) return 0;
      bytes += SLOT + this.#valueBytes((value as Readonly<Record<string, unknown>>)[name]);
    }
    if (ownsNames(properties)) for (const name in value) bytes += stringBytes(name);
    return bytes + objectBytes(properties);
  }

  #mapBytes(map: ReadonlyMap<unknown, unknown>): number {
    this.left -= 2 * map.size;
    if (this.left < 0) return 0;
    let bytes = mapBytes(map.size) + 2 * SLOT * map.size;
    for (const [key, value] of map) bytes += this.#valueBytes(key) + this.#valueBytes(value);
    return bytes;
  }

  #setBytes(set: ReadonlySet<unknown>): number {
    this.left -= set.size;
    if (this.left < 0) return 0;
    let bytes = setBytes(set.size) + SLOT * set.size;
    for (const value of set) bytes += this.#valueBytes(value);
    return bytes;
  }

  #isKnown(value: object): boolean {
    if (value === this.#root) return true;
    if (this.#many !== undefined) {
      if (this.#many.has(value)) return true;
      this.#many.add(value);
      return false;
    }
    if (this.#few === undefined) {
      this.#few = [value];
      return false;
    }
    if (this.#few.includes(value)) return true;
    if (this.#few.length < 12) this.#few.push(value);
    else this.#many = new Set(this.#few).add(value);
    return false;
  }
}
