/**
 * Freezes an object, what it holds, and so on; cycles are no problem. Getters are not called.
 *
 * JavaScript cannot freeze bytes (typed arrays and buffers stay as they are), nor what maps, sets and dates keep
 * within: their entries are frozen, but entries can still be added and removed. Functions are left alone, as they
 * belong to more than the value.
 */
export function deepFreeze(root: object): void {
  const pending: object[] = [root];
  // An object frozen here needs no mark: it is frozen when met again, looked into a second time, and then marked.
  const seen = new Set<object>();
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) continue;
    if (Object.isFrozen(value)) {
      if (seen.has(value)) continue;
      seen.add(value);
    }
    Object.freeze(value);
    for (const name of Reflect.ownKeys(value)) {
      addObject(pending, Object.getOwnPropertyDescriptor(value, name)?.value);
    }
    if (value instanceof Map) {
      for (const [key, item] of value) {
        addObject(pending, key);
        addObject(pending, item);
      }
    } else if (value instanceof Set) {
      for (const item of value) addObject(pending, item);
    }
  }
}

function addObject(pending: object[], value: unknown): void {
  if (typeof value === 'object' && value !== null) pending.push(value);
}
