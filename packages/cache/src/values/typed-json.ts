import { errorMessage } from '@evenkeel/core';
import { propertyPath } from './property-path.ts';
import { TYPE, typeOf, types } from './typed-json-types.ts';
import { CorruptValueError, UnstorableValueError } from './value-errors.ts';

/*
 * What JSON has no form for is written as { "$": its type, "v": its content }, and an object that has a property
 * `$` of its own as the type `object`, so that nothing can pass for what it is not.
 */

/** @throws UnstorableValueError */
export function encodeTyped(value: unknown, maxDepth: number): string {
  return JSON.stringify(new Encoder(maxDepth).encode(value, '', true));
}

/** @throws CorruptValueError */
export function decodeTyped(parsed: unknown): unknown {
  try {
    return decode(parsed);
  } catch (error) {
    if (error instanceof CorruptValueError) throw error;
    // Such as a stack that is too deep, or a date that is a map.
    throw new CorruptValueError(errorMessage(error), error);
  }
}

class Encoder {
  readonly #maxDepth: number;
  readonly #ancestors = new Set<object>();
  /* Names only: the text is needed for a message, if at all. */
  readonly #path: (string | number)[] = [];

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  encode(value: unknown, name: string, callsToJson: boolean): unknown {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) return value;
    if (typeof value === 'function') throw this.#error('is a function');
    if (typeof value === 'symbol') throw this.#error(`is a symbol, ${String(value)}`);
    if (typeof value !== 'object') return this.#typed(value);
    if (this.#ancestors.has(value)) throw this.#error('is an object that contains itself');
    if (this.#ancestors.size >= this.#maxDepth) {
      throw this.#error(`lies more than ${this.#maxDepth} levels deep`);
    }
    this.#ancestors.add(value);
    const encoded = this.#object(value, name, callsToJson);
    this.#ancestors.delete(value);
    return encoded;
  }

  #object(value: object, name: string, callsToJson: boolean): unknown {
    const isArray = Array.isArray(value);
    const isError = value instanceof Error;
    if (!isArray && !isError && typeOf(value) !== undefined) return this.#typed(value);
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (callsToJson && typeof toJSON === 'function') {
      return this.encode(Reflect.apply(toJSON, value, [name]), name, false);
    }
    if (isArray) return this.#array(value);
    if (isError) return this.#typed(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null && prototype.constructor !== Object) {
      throw this.#error(`is an instance of ${className(prototype)}, which has no toJSON()`);
    }
    const encoded: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(value)) {
      encoded[key] = this.#part(key, (value as Readonly<Record<string, unknown>>)[key]);
    }
    return Object.hasOwn(value, TYPE) ? { [TYPE]: 'object', v: encoded } : encoded;
  }

  #array(items: readonly unknown[]): unknown {
    const encoded: unknown[] = [];
    for (let at = 0; at < items.length; at++) {
      if (!(at in items)) return this.#typed(items);
      encoded.push(this.#part(at, items[at]));
    }
    return encoded;
  }

  #typed(value: unknown): unknown {
    const name = typeOf(value);
    const type = name === undefined ? undefined : types.get(name);
    if (type === undefined) throw this.#error('has no form as bytes');
    // A text or number, or a list with values of the user in it.
    const content = type.take(value);
    return {
      [TYPE]: name,
      v: Array.isArray(content) ? content.map((part, at) => this.#part(at, part)) : content,
    };
  }

  #part(name: string | number, value: unknown): unknown {
    this.#path.push(name);
    const encoded = this.encode(value, String(name), true);
    this.#path.pop();
    return encoded;
  }

  #error(problem: string): UnstorableValueError {
    // The path of what lies too deep is too long for a message.
    return new UnstorableValueError(this.#path.slice(0, 20).reduce<string>(propertyPath, 'value'), problem);
  }
}

function className(prototype: object): string {
  const { name } = prototype.constructor ?? {};
  return typeof name === 'string' && name !== '' ? name : 'a class';
}

/** In place: what was parsed belongs to nobody else. */
function decode(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) {
    for (let at = 0; at < node.length; at++) node[at] = decode(node[at]);
    return node;
  }
  if (!Object.hasOwn(node, TYPE)) return decodeProperties(node);
  const { [TYPE]: name, v: content } = node as { readonly [TYPE]: unknown; readonly v?: unknown };
  if (name === 'object' && typeof content === 'object' && content !== null) return decodeProperties(content);
  const type = typeof name === 'string' ? types.get(name) : undefined;
  if (type === undefined) throw new CorruptValueError(`there is no type ${JSON.stringify(name)}`);
  return type.make(decode(content));
}

function decodeProperties(node: object): object {
  const properties = node as Record<string, unknown>;
  // Also for `__proto__`, which the parser has made a property like others.
  for (const key of Object.keys(properties)) properties[key] = decode(properties[key]);
  return node;
}
