import { errorMessage } from '@evenkeel/core';
import { deepFreeze } from './deep-freeze.ts';
import { propertyPath } from './property-path.ts';
import { jsonSerializer, type Serializer } from './serializer.ts';
import { UnstorableValueError } from './value-errors.ts';

export const VALUE_MODES = ['reference', 'freeze', 'clone', 'serialized'] as const;

/**
 * What a cache does so that a reader cannot change what others read:
 * - `reference`: nothing. Costs nothing.
 * - `freeze`: freezes values deeply when they are set. Costs nothing on reads. Bytes cannot be frozen, nor what is
 *   in a `Map`, `Set` or `Date` itself.
 * - `clone`: copies with `structuredClone` when set and at each read. Instances of classes come back as plain
 *   objects.
 * - `serialized`: keeps bytes, and makes the value of them at each read; see {@link jsonSerializer}.
 *
 * Primitives cannot be changed: all modes keep them as they are.
 */
export type ValueMode = (typeof VALUE_MODES)[number];

/** A mode at work. */
export interface ValueKeeper<Value> {
  /**
   * What is kept for a value.
   *
   * @param key for the message
   * @throws UnstorableValueError
   */
  in(value: Value, key?: string): unknown;
  /** The value, made of what is kept, where {@link encodes} says that this is needed. */
  out(kept: unknown): Value;
  /** Whether what is kept for this value is not the value itself. */
  encodes(value: Value): boolean;
}

/** Chosen once for a cache: a mode is an object without state. */
export function createValueMode<Value>(mode: ValueMode): ValueKeeper<Value> {
  switch (mode) {
    case 'reference':
      return byReference();
    case 'freeze':
      return frozen();
    case 'clone':
      return cloned();
    case 'serialized':
      return serialized(jsonSerializer);
  }
}

function byReference<Value>(): ValueKeeper<Value> {
  return { in: (value) => value, out: (kept) => kept as Value, encodes: () => false };
}

function frozen<Value>(): ValueKeeper<Value> {
  return {
    in: (value, key) => {
      if (typeof value === 'object' && value !== null) {
        try {
          deepFreeze(value);
        } catch (error) {
          // A proxy may refuse.
          throw new UnstorableValueError(
            'value',
            `cannot be frozen (${errorMessage(error)})`,
            named(key, error),
          );
        }
      }
      return value;
    },
    out: (kept) => kept as Value,
    encodes: () => false,
  };
}

function cloned<Value>(): ValueKeeper<Value> {
  return {
    in: (value, key) => {
      if (isPrimitive(value)) return value;
      try {
        return copy(value);
      } catch (error) {
        throw new UnstorableValueError(
          uncloneablePath(value),
          `cannot be cloned (${errorMessage(error)})`,
          named(key, error),
        );
      }
    },
    out: (kept) => (isPrimitive(kept) ? kept : copy(kept)) as Value,
    encodes: (value) => !isPrimitive(value),
  };
}

function serialized<Value>(serializer: Serializer): ValueKeeper<Value> {
  return {
    in: (value, key) => {
      if (isPrimitive(value)) return value;
      try {
        return serializer.serialize(value);
      } catch (error) {
        throw error instanceof UnstorableValueError && key !== undefined ? error.withKey(key) : error;
      }
    },
    out: (kept) => (isPrimitive(kept) ? kept : serializer.deserialize(kept as Uint8Array)) as Value,
    encodes: (value) => !isPrimitive(value),
  };
}

/* Symbols are not among them: they are what no mode that copies can keep. */
function isPrimitive(value: unknown): boolean {
  return (
    value === null || (typeof value !== 'object' && typeof value !== 'function' && typeof value !== 'symbol')
  );
}

function copy(value: unknown): unknown {
  // Copies no more than the view shows, and leaves a Buffer a Buffer; structuredClone does neither.
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value);
  return structuredClone(value);
}

/** Descends into whatever fails by itself, to the last such value. Only ever called for an error message. */
function uncloneablePath(root: unknown): string {
  let path = 'value';
  let value = root;
  const seen = new Set<unknown>();
  while (typeof value === 'object' && value !== null && !seen.has(value)) {
    seen.add(value);
    const fault = childrenOf(value).find(([, child]) => !seen.has(child) && !isCloneable(child));
    if (fault === undefined) break;
    path = propertyPath(path, fault[0]);
    value = fault[1];
  }
  return path;
}

function childrenOf(value: object): [string | number, unknown][] {
  try {
    if (value instanceof Map)
      return [...value].flatMap((entry, at) => entry.map((child) => [at, child] as [number, unknown]));
    if (value instanceof Set || Array.isArray(value)) return Array.from(value, (child, at) => [at, child]);
    return Object.entries(value);
  } catch {
    return [];
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function named(key: string | undefined, cause: unknown): { key?: string; cause: unknown } {
  return key === undefined ? { cause } : { key, cause };
}
