import type { JsonValue, RecordData } from '../log-record.ts';
import { CHARACTER_WEIGHT, cutText, MAX_NAME_LENGTH, MAX_TEXT_LENGTH, VALUE_WEIGHT } from './text.ts';

/* Beyond these it is a document, not an event. */
const MAX_DEPTH = 6;
const MAX_VALUES = 128;
const MAX_WEIGHT = 32_768;

const NO_DATA: RecordData = Object.freeze({});

/**
 * Copies what callers give along with a record: the copy is JSON, bounded in depth, number of values and length of
 * texts, and nothing that the caller does later changes it. Whatever is given, it does not throw:
 *
 * - a number that is not finite becomes `null`; `undefined`, functions and symbols are left out, or `null` in a list
 * - a `bigint` becomes its digits, a `Date` its ISO text, an `Error` its name, message, code, stack and cause, a `Map`
 *   an object, a `Set` a list, binary data its kind and size; `toJSON` is called
 * - what refers to itself becomes `[circular]`, what cannot be read `[unreadable]`, what is too deep `{…}` or `[…]`
 * - what is too much is left out and counted under the key `…`, or as the last item of a list
 * - data that is no object becomes `{ value }`
 */
export class DataCopier {
  /** Bytes that the last copy holds, about. */
  weight = 0;

  copy(given: unknown): RecordData {
    if (given === undefined || given === null) {
      this.weight = 0;
      return NO_DATA;
    }
    return this.#copyFlat(given) ?? this.#copyAny(given);
  }

  /** Most data is a plain object of a few numbers and short texts. */
  #copyFlat(given: unknown): RecordData | undefined {
    let weight = VALUE_WEIGHT;
    let values = 0;
    const copy: Record<string, JsonValue> = {};
    try {
      if (Object.getPrototypeOf(given) !== Object.prototype) return undefined;
      // A plain object; what it has is unknown.
      const source = given as Record<string, unknown>;
      for (const key in source) {
        const value = source[key];
        values += 1;
        weight += VALUE_WEIGHT + CHARACTER_WEIGHT * key.length;
        if (typeof value === 'string') weight += CHARACTER_WEIGHT * value.length;
        if (!isPlain(value) || values > MAX_VALUES || weight > MAX_WEIGHT) return undefined;
        if (key.length > MAX_NAME_LENGTH || key === '__proto__') return undefined;
        copy[key] = value;
      }
    } catch {
      return undefined;
    }
    this.weight = weight;
    return copy;
  }

  #copyAny(given: unknown): RecordData {
    const copying = new Copying();
    const copy = copying.copy(given);
    this.weight = copying.weight;
    if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy as RecordData;
    return copy === undefined ? NO_DATA : { value: copy };
  }
}

function isPlain(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'string') return value.length <= MAX_TEXT_LENGTH;
  // JSON knows neither numbers that are not finite nor -0.
  if (typeof value === 'number') return value - value === 0 && (value !== 0 || 1 / value > 0);
  return typeof value === 'boolean' || value === null;
}

/** One copy on its way. */
class Copying {
  weight = 0;
  #values = 0;
  /* What the value is in, from outside to inside. */
  readonly #ancestors: object[] = [];

  get #isFull(): boolean {
    return this.#values >= MAX_VALUES || this.weight >= MAX_WEIGHT;
  }

  /** `undefined` for what JSON leaves out. */
  copy(value: unknown): JsonValue | undefined {
    this.#values += 1;
    this.weight += VALUE_WEIGHT;
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        // The sum makes -0 a 0.
        return Number.isFinite(value) ? value + 0 : null;
      case 'boolean':
        return value;
      case 'bigint':
        return this.#text(String(value));
      case 'object':
        return value === null ? null : this.#nested(value);
      default:
        return undefined;
    }
  }

  #text(text: string): string {
    const cut = cutText(text, Math.min(MAX_TEXT_LENGTH, this.#roomForText()));
    this.weight += CHARACTER_WEIGHT * cut.length;
    return cut;
  }

  #roomForText(): number {
    return Math.max(1, Math.floor((MAX_WEIGHT - this.weight) / CHARACTER_WEIGHT));
  }

  #nested(value: object): JsonValue | undefined {
    const depth = this.#ancestors.length;
    if (this.#ancestors.includes(value)) return '[circular]';
    this.#ancestors.push(value);
    try {
      if (depth >= MAX_DEPTH) return Array.isArray(value) ? '[…]' : '{…}';
      return this.#object(value);
    } catch {
      // A getter, a proxy or `toJSON` that throws.
      return '[unreadable]';
    } finally {
      this.#ancestors.length = depth;
    }
  }

  #object(value: object): JsonValue | undefined {
    if (Array.isArray(value)) return this.#list(value, value.length);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Error) return this.#error(value);
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#list(value, value.size);
    if (value instanceof RegExp) return this.#text(String(value));
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
      return `[${value.constructor.name} of ${value.byteLength} bytes]`;
    }
    if (value instanceof Number || value instanceof String || value instanceof Boolean) {
      return this.copy(value.valueOf());
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return this.#converted(toJSON.call(value, ''));
    return this.#fields(value);
  }

  /** What `toJSON` gave, which is not asked for `toJSON` again: it may be itself. */
  #converted(value: unknown): JsonValue | undefined {
    if (typeof value !== 'object' || value === null) return this.copy(value);
    if (Array.isArray(value)) return this.#list(value, value.length);
    return this.#fields(value);
  }

  #error(error: Error): JsonValue {
    const { name, message, stack, cause } = error;
    const { code } = error as { code?: unknown };
    return this.#fields({ name, message, code, stack, cause });
  }

  #list(items: Iterable<unknown>, length: number): JsonValue {
    const copy: JsonValue[] = [];
    for (const item of items) {
      if (this.#isFull) {
        copy.push(`… ${length - copy.length} more`);
        break;
      }
      copy.push(this.copy(item) ?? null);
    }
    return copy;
  }

  #map(map: ReadonlyMap<unknown, unknown>): JsonValue {
    const copy: Record<string, JsonValue> = {};
    let taken = 0;
    for (const [key, value] of map) {
      if (this.#isFull) {
        put(copy, '…', `${map.size - taken} more`);
        break;
      }
      this.#put(copy, typeof key === 'object' ? '[object]' : String(key), value);
      taken += 1;
    }
    return copy;
  }

  #fields(source: object): JsonValue {
    const copy: Record<string, JsonValue> = {};
    let left = 0;
    for (const key in source) {
      if (!Object.hasOwn(source, key)) continue;
      if (this.#isFull) left += 1;
      else this.#put(copy, key, readField(source, key));
    }
    if (left > 0) put(copy, '…', `${left} more`);
    return copy;
  }

  #put(copy: Record<string, JsonValue>, name: string, value: unknown): void {
    const copied = this.copy(value);
    if (copied === undefined) return;
    const key = cutText(name, MAX_NAME_LENGTH);
    this.weight += CHARACTER_WEIGHT * key.length;
    put(copy, key, copied);
  }
}

function readField(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}

function put(copy: Record<string, JsonValue>, key: string, value: JsonValue): void {
  // An assignment to this one would set the prototype.
  if (key === '__proto__') {
    Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true });
  } else {
    copy[key] = value;
  }
}
