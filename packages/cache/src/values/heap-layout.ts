/*
 * Sizes of V8's objects on a 64-bit machine without pointer compression, as Node runs it (src/objects/*.tq of V8,
 * and measured on Node 20). A word is 8 bytes; whatever is stored somewhere takes a word there, its slot, which
 * the sizes below leave out.
 */

/** A field, or an item of an array: a pointer or a small integer. */
export const SLOT = 8;

/* JSFunction; code and scope are shared with others. */
const FUNCTION = 64;

/* A symbol; its description is shared more often than not. */
const SYMBOL = 24;

/** What is counted for an object that cannot be looked into. */
export const OPAQUE = 64;

const wide = /[\u0100-\uffff]/;

/** A header of 16 bytes, then one byte a character, or two in a string with a character past U+00FF. */
export function stringBytes(text: string): number {
  // Looking takes longer than anything else here, and what is not counted is 16 bytes at most.
  if (text.length <= 16) return 16 + ((text.length + 7) & ~7);
  // V8 fails this match at once on strings that it keeps in one byte a character: no scan.
  return 16 + (((wide.test(text) ? text.length * 2 : text.length) + 7) & ~7);
}

/** Small integers live in their slot; others are boxed in 16 bytes. */
export function numberBytes(value: number): number {
  return (value | 0) === value ? 0 : 16;
}

/** A header of 16 bytes and the digits, 64 bits each. */
function bigintBytes(value: bigint): number {
  if (value < 18446744073709551616n && value > -18446744073709551616n) return 24;
  // The digits of the text are 4 bits each: linear, unlike in decimal.
  return 16 + 8 * Math.ceil(value.toString(16).length / 16);
}

/** What a value that is no object, or a function, takes beside its slot. */
export function primitiveBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return stringBytes(value);
    case 'number':
      return numberBytes(value);
    case 'bigint':
      return bigintBytes(value);
    case 'function':
      return FUNCTION;
    case 'symbol':
      return SYMBOL;
    default:
      return 0;
  }
}

/** The array object (32 bytes) and the header of its items (16); the slots come on top. */
export function arrayBytes(length: number): number {
  return length === 0 ? 32 : 48;
}

/**
 * An object beside the slots of its properties: 24 bytes. With many properties it is a hash table of 3 words a
 * place, 1.5 to 3 places a property, and has names of its own. Objects of some dozens of properties may be either,
 * which a program cannot tell: the middle is taken.
 */
export function objectBytes(properties: number): number {
  if (properties <= 32) return 24;
  if (properties <= 128) return 24 + 16 * properties;
  return 40 + 24 * powerOfTwo(1.5 * properties) - SLOT * properties;
}

/** Whether the names of so many properties belong to the object, not to a shape shared by many. */
export function ownsNames(properties: number): boolean {
  return properties > 128;
}

/** A hash table with 2 entries a bucket that doubles, and 3 words an entry, 2 of which are slots. */
export function mapBytes(size: number): number {
  const capacity = Math.max(4, powerOfTwo(size));
  return 72 + SLOT * (capacity / 2 + 3 * capacity) - 2 * SLOT * size;
}

/** A hash table with 2 entries a bucket that doubles, and 2 words an entry, one of which is a slot. */
export function setBytes(size: number): number {
  const capacity = Math.max(4, powerOfTwo(size));
  return 72 + SLOT * (capacity / 2 + 2 * capacity) - SLOT * size;
}

/**
 * An object of a built-in class that holds no values of the user, its bytes outside the heap included.
 * `undefined` for every other object. A view counts the bytes that it shows, not the whole buffer.
 */
export function builtinBytes(value: object): number | undefined {
  if (ArrayBuffer.isView(value)) return 184 + value.byteLength;
  if (value instanceof Date) return 96;
  if (value instanceof RegExp) return 72 + stringBytes(value.source);
  // The stack is not touched: reading it makes the text, which costs more than all the rest.
  if (value instanceof Error) return 384;
  if (value instanceof ArrayBuffer) return 80 + value.byteLength;
  if (value instanceof URL) return 176 + stringBytes(value.href);
  if (value instanceof Promise) return 32;
  return undefined;
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));
}
