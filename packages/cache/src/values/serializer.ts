import { errorMessage } from '@evenkeel/core';
import { decodeTyped, encodeTyped } from './typed-json.ts';
import { CorruptValueError } from './value-errors.ts';

/** Turns values into bytes and back. */
export interface Serializer {
  /** @throws UnstorableValueError for what it cannot represent, with the path */
  serialize(value: unknown): Uint8Array;
  /** @throws CorruptValueError for bytes that it did not write */
  deserialize(bytes: Uint8Array): unknown;
}

/* First bytes that no JSON text begins with. */
const TYPED_JSON = 1;
const BYTES = 2;
const BUFFER = 3;

/* Deeper than any data, and far from the end of the stack. */
const MAX_DEPTH = 500;

const encoder = new TextEncoder();
// A byte order mark is part of the text, not a hint.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON, which also keeps what JSON loses: `undefined`, `NaN`, ±`Infinity`, `-0`, bigint, `Date`, `Map`, `Set`,
 * `RegExp`, `URL`, `Error`, typed arrays, `Buffer` and `ArrayBuffer`, and holes in arrays. Values that need none
 * of it are JSON text as it is; bytes are kept as bytes. Whatever a value looks like, it comes back as it was.
 *
 * As in JSON, `toJSON()` of other objects is called and its result kept, properties that are named by symbols or
 * cannot be enumerated are left out, an object that occurs twice comes back as two, and one without prototype as
 * an ordinary one. Refused, with the path: functions, symbols, instances of other classes without `toJSON()`,
 * cycles, and more than 500 levels.
 *
 * For plain values from some kB on it takes about 1.3 times as long as `JSON.stringify` and 1.1 times as long as
 * `JSON.parse`; values with what JSON loses take some 4 and 1.5 times as long.
 */
export const jsonSerializer: Serializer = {
  serialize(value) {
    if (value instanceof Uint8Array && isBytes(value)) {
      return prefixed(value.constructor === Uint8Array ? BYTES : BUFFER, value);
    }
    return isPlain(value)
      ? encoder.encode(JSON.stringify(value))
      : prefixed(TYPED_JSON, encoder.encode(encodeTyped(value, MAX_DEPTH)));
  },

  deserialize(bytes) {
    switch (bytes[0]) {
      case BYTES:
        return new Uint8Array(bytes.subarray(1));
      case BUFFER:
        return bufferOf(bytes.subarray(1));
      case TYPED_JSON:
        return decodeTyped(parse(bytes.subarray(1)));
      default:
        return parse(bytes);
    }
  },
};

/**
 * Whether JSON keeps all of an object: asked of every value, so it is to cost little beside `JSON.stringify`. That
 * is why the same questions are asked of items and of properties in place.
 */
function isPlainObject(value: object, depth: number): boolean {
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    for (let at = 0; at < items.length; at++) {
      const item = items[at];
      if (typeof item === 'string' || typeof item === 'boolean' || item === null) continue;
      if (typeof item === 'number' && isPlainNumber(item)) continue;
      // Holes too: they read as undefined.
      if (typeof item !== 'object' || !isPlainObject(item, depth - 1)) return false;
    }
    return true;
  }
  // Costs a part of reading the prototype. An object with such a property of its own is encoded the slower way.
  if (value.constructor !== Object && Object.getPrototypeOf(value) !== null) return false;
  for (const name in value) {
    const item = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof item === 'string' || typeof item === 'boolean' || item === null) continue;
    if (typeof item === 'number' && isPlainNumber(item)) continue;
    if (typeof item !== 'object' || !isPlainObject(item, depth - 1)) return false;
  }
  return true;
}

/** Neither infinite nor NaN, and not -0 (1 / -0 is -Infinity). */
function isPlainNumber(value: number): boolean {
  return value - value === 0 && (value !== 0 || 1 / value > 0);
}

function isPlain(value: unknown): boolean {
  if (typeof value === 'object') return value === null || isPlainObject(value, MAX_DEPTH);
  if (typeof value === 'number') return isPlainNumber(value);
  return typeof value === 'string' || typeof value === 'boolean';
}

function isBytes(value: Uint8Array): boolean {
  return value.constructor === Uint8Array || value.constructor === globalThis.Buffer;
}

/** Where there are no Buffers, the bytes come back as `Uint8Array`. */
function bufferOf(bytes: Uint8Array): Uint8Array {
  return globalThis.Buffer === undefined ? new Uint8Array(bytes) : globalThis.Buffer.from(bytes);
}

function prefixed(first: number, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length + 1);
  result[0] = first;
  result.set(bytes, 1);
  return result;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new CorruptValueError(errorMessage(error), error);
  }
}
