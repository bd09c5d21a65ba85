import { propertyPath } from '../values/property-path.ts';
import { UnkeyableError } from './unkeyable-error.ts';

/* A longer key costs more to compare than most loads are worth, and is more likely a mistake. */
const MAX_LENGTH = 65_536;

/* Deeper than any arguments, and far from the end of the stack. */
const MAX_DEPTH = 100;

/**
 * A key for the arguments of a call. Different arguments have different keys, and equal ones the same:
 *
 * - what differs in type differs: `1`, `'1'`, `1n`, `true`; `undefined`, `null`, `NaN` and an argument left out; `0`
 *   and `-0`; an array's hole and `undefined`; `{}` and `{ a: undefined }`; a `Buffer` and a `Uint8Array`;
 * - plain objects, maps and sets are equal when they hold the same, in whatever order;
 * - dates, regular expressions (with `lastIndex`), URLs, buffers and typed arrays are equal by content;
 * - an object of a class that has `toJSON()` counts as what that gives, together with the name of the class;
 * - symbols count by the name they are registered under with `Symbol.for`.
 *
 * Each part is written with its type and, where it is of variable length, its length before it, so no text in an
 * argument can pass for something else. There is no hash in it, so nothing collides.
 *
 * @throws UnkeyableError, with the path, for functions, other symbols, objects of other classes, properties named
 *   by symbols, cycles, more than 100 levels, and keys of more than 65,536 characters
 */
export function argumentKey(args: readonly unknown[]): string {
  let key = '';
  for (let at = 0; at < args.length; at++) {
    const argument = args[at];
    if (typeof argument === 'string') key += `s${argument.length}:${argument}`;
    else if (typeof argument === 'number') key += numberKey(argument);
    else key += primitiveKey(argument) ?? new ArgumentWriter(at).write(argument);
  }
  if (key.length > MAX_LENGTH) {
    throw new UnkeyableError('args', `makes the key longer than ${MAX_LENGTH} characters`);
  }
  return key;
}

function numberKey(value: number): string {
  return value === 0 && 1 / value < 0 ? '#-0;' : `#${value};`;
}

/** Undefined for what is no primitive or has no key. */
function primitiveKey(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`;
    case 'number':
      return numberKey(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'bigint':
      return `i${value};`;
    default:
      return value === null ? 'n' : undefined;
  }
}

class ArgumentWriter {
  readonly #ancestors: object[] = [];
  /* Names only: the text is needed for a message, if at all. */
  readonly #path: (string | number | symbol)[];
  #room = MAX_LENGTH;

  constructor(argument: number) {
    this.#path = [argument];
  }

  write(value: unknown): string {
    const primitive = primitiveKey(value);
    if (primitive !== undefined) {
      this.#room -= primitive.length;
      if (this.#room < 0) throw this.#tooLong();
      return primitive;
    }
    if (typeof value === 'function') throw this.#error('is a function');
    if (typeof value === 'symbol') return this.#symbol(value);
    // What is left are objects.
    const object = value as object;
    if (this.#ancestors.includes(object)) throw this.#error('is an object that contains itself');
    if (this.#ancestors.length >= MAX_DEPTH) {
      throw this.#error(`lies more than ${MAX_DEPTH} levels deep`);
    }
    this.#ancestors.push(object);
    const key = this.#object(object);
    this.#ancestors.pop();
    return key;
  }

  #object(value: object): string {
    if (Array.isArray(value)) return this.#array(value);
    const prototype = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null;
    if (!isPlain) {
      const content = this.#content(value);
      if (content !== undefined) return content;
    }
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const name = isPlain ? '' : String(value.constructor?.name ?? '');
      return `j${name.length}:${name}${this.#part('toJSON()', Reflect.apply(toJSON, value, ['']))}`;
    }
    if (isPlain) return this.#properties(value);
    const { name } = prototype.constructor ?? {};
    throw this.#error(`is an instance of ${String(name || 'a class')}, which has no toJSON()`);
  }

  /** Of built-in classes, by what they hold. */
  #content(value: object): string | undefined {
    if (value instanceof Date) return `d${value.getTime()};`;
    if (value instanceof Map) {
      const entries = Array.from(value, (entry, at) => this.#part(at, entry));
      return `m${entries.sort().join('')})`;
    }
    if (value instanceof Set) {
      return `e${Array.from(value, (item, at) => this.#part(at, item))
        .sort()
        .join('')})`;
    }
    if (value instanceof RegExp) {
      return `r${this.write(value.source)}${this.write(value.flags)}${value.lastIndex};`;
    }
    if (value instanceof URL) return `l${this.write(value.href)}`;
    if (value instanceof ArrayBuffer) return this.#bytes('ArrayBuffer', new Uint8Array(value));
    if (!ArrayBuffer.isView(value)) return undefined;
    const isBuffer = globalThis.Buffer !== undefined && value instanceof globalThis.Buffer;
    const type = isBuffer ? 'Buffer' : Object.prototype.toString.call(value).slice('[object '.length, -1);
    return this.#bytes(type, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  #bytes(type: string, bytes: Uint8Array): string {
    this.#room -= bytes.length;
    if (this.#room < 0) throw this.#tooLong();
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return `b${type}${bytes.length}:${text}`;
  }

  #array(items: readonly unknown[]): string {
    this.#room -= items.length;
    if (this.#room < 0) throw this.#tooLong();
    let key = '[';
    for (let at = 0; at < items.length; at++) {
      key += at in items ? this.#part(at, items[at]) : 'h';
    }
    return `${key}]`;
  }

  #properties(value: object): string {
    const [symbol] = Object.getOwnPropertySymbols(value);
    if (symbol !== undefined) {
      this.#path.push(symbol);
      throw this.#error('is named by a symbol');
    }
    let key = '{';
    for (const name of Object.keys(value).sort()) {
      key += `${name.length}:${name}${this.#part(name, (value as Readonly<Record<string, unknown>>)[name])}`;
    }
    return `${key}}`;
  }

  #symbol(symbol: symbol): string {
    const name = Symbol.keyFor(symbol);
    if (name !== undefined) return `y${name.length}:${name}`;
    throw this.#error(`is ${String(symbol)}, a symbol that is not registered with Symbol.for()`);
  }

  #part(name: string | number, value: unknown): string {
    this.#path.push(name);
    const key = this.write(value);
    this.#path.pop();
    return key;
  }

  #error(problem: string): UnkeyableError {
    return new UnkeyableError(this.#path.reduce<string>(propertyPath, 'args'), problem);
  }

  #tooLong(): UnkeyableError {
    return this.#error(`makes the key longer than ${MAX_LENGTH} characters`);
  }
}
