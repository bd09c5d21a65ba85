type PlainObject = Record<string, unknown>;

/** Merges plain objects deeply, the later over the earlier; `undefined` overrides nothing; all else is replaced. */
export function mergeDeep(...layers: readonly unknown[]): unknown {
  return layers.reduce(merge, undefined);
}

function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isPlainObject(over)) return over;
  const merged: PlainObject = Object.create(null);
  if (isPlainObject(base)) Object.assign(merged, base);
  for (const [name, value] of Object.entries(over)) merged[name] = merge(merged[name], value);
  return { ...merged };
}

function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
