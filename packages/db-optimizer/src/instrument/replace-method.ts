import type { Disposer } from '@evenkeel/core';
import type { AnyFunction } from './instrumentable.ts';

/**
 * Puts a function in the place of a method of one object, and gives what takes it back. Where somebody else has put
 * theirs over it since, it has to stay: from then on it only calls the original.
 *
 * @param make gets the original and gives what is called instead
 */
export function replaceMethod(
  target: object,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): Disposer {
  const own = Object.getOwnPropertyDescriptor(target, name);
  // Whoever calls this has seen that there is a method of that name.
  const original = Reflect.get(target, name) as AnyFunction;
  const replacement = make(original);
  let isActive = true;
  const method: AnyFunction = function (...args) {
    return isActive ? replacement.apply(this, args) : original.apply(this, args);
  };
  Object.defineProperty(target, name, {
    value: method,
    configurable: true,
    writable: true,
    // As an inherited one: it isn't shown with the object.
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if (!isActive) return;
    isActive = false;
    if (Object.getOwnPropertyDescriptor(target, name)?.value !== method) return;
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}
