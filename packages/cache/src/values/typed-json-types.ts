import { fromBase64, toBase64 } from './base64.ts';
import { CorruptValueError } from './value-errors.ts';

/** The property that says what an object stands for. */
export const TYPE = '$';

/** How a type is taken apart and made again. */
interface TypedForm {
  /** A string, number or `null`, or an array of parts, each any value. */
  take(value: unknown): unknown;
  make(content: unknown): unknown;
}

/** The name of the form that a value needs; undefined for plain ones, and for those that have none. */
export function typeOf(value: unknown): string | undefined {
  if (value === undefined) return 'undefined';
  if (typeof value === 'number' || typeof value === 'bigint') return typeof value;
  if (value instanceof Date) return 'date';
  if (value instanceof Map) return 'map';
  if (value instanceof Set) return 'set';
  if (value instanceof RegExp) return 'regexp';
  if (value instanceof Error) return 'error';
  if (value instanceof URL) return 'url';
  if (value instanceof ArrayBuffer) return 'ArrayBuffer';
  if (Array.isArray(value)) return 'array';
  if (!ArrayBuffer.isView(value)) return undefined;
  if (globalThis.Buffer !== undefined && value instanceof globalThis.Buffer) return 'Buffer';
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

const forms: Readonly<Record<string, TypedForm>> = {
  undefined: form(
    () => 0,
    () => undefined,
  ),
  number: form(
    (value: number) => (Object.is(value, -0) ? '-0' : String(value)),
    (content) => Number(text(content)),
  ),
  bigint: form(
    (value: bigint) => `0x${(value < 0n ? -value : value).toString(16)}${value < 0n ? '-' : ''}`,
    (content) => {
      const digits = text(content);
      return digits.endsWith('-') ? -BigInt(digits.slice(0, -1)) : BigInt(digits);
    },
  ),
  date: form(
    (value: Date) => (Number.isNaN(value.getTime()) ? null : value.getTime()),
    (content) => new Date(content === null ? Number.NaN : number(content)),
  ),
  map: form(
    (value: Map<unknown, unknown>) => [...value].flat(),
    (content) => {
      const parts = list(content);
      const map = new Map<unknown, unknown>();
      for (let at = 0; at < parts.length; at += 2) map.set(parts[at], parts[at + 1]);
      return map;
    },
  ),
  set: form(
    (value: Set<unknown>) => [...value],
    (content) => new Set(list(content)),
  ),
  // Holes: the length, then index and item in turn, the last one first, so that a wide array is a sparse one.
  array: form(
    (value: unknown[]) => [
      value.length,
      ...Object.keys(value)
        .filter(isIndex)
        .reverse()
        .flatMap((at) => [Number(at), value[Number(at)]]),
    ],
    (content) => {
      const [length, ...parts] = list(content);
      const items: unknown[] = [];
      for (let at = 0; at < parts.length; at += 2) items[index(parts[at])] = parts[at + 1];
      items.length = index(length);
      return items;
    },
  ),
  regexp: form(
    (value: RegExp) => [value.source, value.flags, value.lastIndex],
    (content) => {
      const [source, flags, lastIndex] = list(content);
      return Object.assign(new RegExp(text(source), text(flags)), { lastIndex: number(lastIndex) });
    },
  ),
  url: form(
    (value: URL) => value.href,
    (content) => new URL(text(content)),
  ),
  error: form(takeError, makeError),
  ArrayBuffer: form(
    (value: ArrayBuffer) => toBase64(new Uint8Array(value)),
    (content) => fromBase64(text(content)).buffer,
  ),
  Buffer: form(
    (value: Uint8Array) => toBase64(value),
    (content) => {
      const bytes = fromBase64(text(content));
      return globalThis.Buffer === undefined ? bytes : globalThis.Buffer.from(bytes.buffer);
    },
  ),
  DataView: viewForm((buffer) => new DataView(buffer)),
  Int8Array: viewForm((buffer) => new Int8Array(buffer)),
  Uint8Array: viewForm((buffer) => new Uint8Array(buffer)),
  Uint8ClampedArray: viewForm((buffer) => new Uint8ClampedArray(buffer)),
  Int16Array: viewForm((buffer) => new Int16Array(buffer)),
  Uint16Array: viewForm((buffer) => new Uint16Array(buffer)),
  Int32Array: viewForm((buffer) => new Int32Array(buffer)),
  Uint32Array: viewForm((buffer) => new Uint32Array(buffer)),
  Float32Array: viewForm((buffer) => new Float32Array(buffer)),
  Float64Array: viewForm((buffer) => new Float64Array(buffer)),
  BigInt64Array: viewForm((buffer) => new BigInt64Array(buffer)),
  BigUint64Array: viewForm((buffer) => new BigUint64Array(buffer)),
};

/* A map, since the names come from the stored text: `constructor` is none. */
export const types: ReadonlyMap<string, TypedForm> = new Map(Object.entries(forms));

/** The value is of the type, as `typeOf` says. */
function form<T>(take: (value: T) => unknown, make: (content: unknown) => unknown): TypedForm {
  return { take: (value) => take(value as T), make };
}

function viewForm(create: (buffer: ArrayBuffer) => unknown): TypedForm {
  return form(
    (value: ArrayBufferView) => toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)),
    (content) => create(fromBase64(text(content)).buffer),
  );
}

const errorClasses = [TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];

/** The class, then for each own property its name, whether it is enumerable, and its value. */
function takeError(error: Error): unknown[] {
  const base = errorClasses.find((each) => error instanceof each) ?? Error;
  const parts: unknown[] = [base.name];
  const names = Object.getOwnPropertyNames(error);
  for (const name of names) {
    parts.push(name, Object.prototype.propertyIsEnumerable.call(error, name), Reflect.get(error, name));
  }
  // A class of the user's comes back as the built-in one it is made of, under its name.
  if (error.name !== base.name && !names.includes('name')) parts.push('name', false, error.name);
  return parts;
}

function makeError(content: unknown): Error {
  const [base, ...parts] = list(content);
  const error = new (errorClasses.find(({ name }) => name === base) ?? Error)();
  // The place where it was made again says nothing.
  delete error.stack;
  for (let at = 0; at < parts.length; at += 3) {
    Object.defineProperty(error, text(parts[at]), {
      value: parts[at + 2],
      enumerable: parts[at + 1] === true,
      writable: true,
      configurable: true,
    });
  }
  return error;
}

function isIndex(name: string): boolean {
  return String(Number(name) >>> 0) === name && Number(name) < 2 ** 32 - 1;
}

function text(content: unknown): string {
  if (typeof content === 'string') return content;
  throw new CorruptValueError('text is missing');
}

function number(content: unknown): number {
  if (typeof content === 'number') return content;
  throw new CorruptValueError('a number is missing');
}

function index(content: unknown): number {
  const at = number(content);
  if (at >>> 0 === at) return at;
  throw new CorruptValueError(`${at} is no index`);
}

function list(content: unknown): unknown[] {
  if (Array.isArray(content)) return content;
  throw new CorruptValueError('a list is missing');
}
