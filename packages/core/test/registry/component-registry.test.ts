import {
  ComponentRegistry,
  ConfigurationError,
  StateError,
  UnknownNameError,
  VirtualClock,
} from '@evenkeel/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

interface Parts {
  cache: { readonly size: number };
  limiter: { allow(): boolean };
}

describe('ComponentRegistry', () => {
  it('gives back what was registered, by its name and with its type', () => {
    const registry = new ComponentRegistry<Parts>();
    const cache = { size: 3 };
    const limiter = { allow: () => true };
    registry.register('cache', cache);
    registry.register('limiter', limiter);
    expect(registry.getComponent('cache')).toBe(cache);
    expect(registry.getComponent('limiter')).toBe(limiter);
    expect(registry.names()).toEqual(['cache', 'limiter']);
    expect([registry.has('cache'), registry.has('log')]).toEqual([true, false]);
    expectTypeOf(registry.getComponent('cache')).toEqualTypeOf<{ readonly size: number }>();
    // @ts-expect-error a cache has a size
    const wrong = () => registry.register('cache', {});
    // @ts-expect-error there is no such name
    const unknown = () => registry.getComponent('log');
    expect(wrong).toThrow(StateError);
    expect(unknown).toThrow(UnknownNameError);
  });

  it('takes any name and object where no names are listed', () => {
    const registry = new ComponentRegistry();
    const part = { any: 'thing' };
    registry.register('__proto__', part);
    expect(registry.getComponent('__proto__')).toBe(part);
    expect(registry.has('toString')).toBe(false);
    expectTypeOf(registry.getComponent('__proto__')).toEqualTypeOf<object>();
  });

  it('tells what comes and goes', () => {
    const registry = new ComponentRegistry({ clock: new VirtualClock(42) });
    const seen: unknown[] = [];
    registry.on('*', (event) => seen.push(event));
    const remove = registry.register('a', {});
    registry.register('b', {});
    expect([registry.unregister('b'), registry.unregister('b')]).toEqual([true, false]);
    remove();
    remove();
    expect(seen).toEqual([
      { type: 'component_registered', data: { name: 'a' }, timestamp: 42 },
      { type: 'component_registered', data: { name: 'b' }, timestamp: 42 },
      { type: 'component_unregistered', data: { name: 'b' }, timestamp: 42 },
      { type: 'component_unregistered', data: { name: 'a' }, timestamp: 42 },
    ]);
    expect(registry.names()).toEqual([]);
  });

  it('refuses a name that is taken, and keeps what has it', () => {
    const registry = new ComponentRegistry();
    const first = {};
    registry.register('a', first);
    expect(() => registry.register('a', {})).toThrow(
      new StateError('a component called "a" is registered already; unregister it first'),
    );
    expect(registry.getComponent('a')).toBe(first);
  });

  it('lists the known names when one is unknown', () => {
    const registry = new ComponentRegistry();
    expect(() => registry.getComponent('cache')).toThrow(
      'no component is called "cache" (none is registered)',
    );
    registry.register('catch', {});
    registry.register('log', {});
    expect(() => registry.getComponent('cache')).toThrow(
      new UnknownNameError('component', 'cache', ['catch', 'log']),
    );
  });

  it.each([
    ['a successor', {}],
    ['the same component, registered again', undefined],
  ])('does not remove %s with an earlier disposer', (_, other) => {
    const registry = new ComponentRegistry();
    const part = {};
    const remove = registry.register('a', part);
    registry.unregister('a');
    registry.register('a', other ?? part);
    remove();
    expect(registry.getComponent('a')).toBe(other ?? part);
  });

  it('lets a listener undo a registration', () => {
    const registry = new ComponentRegistry();
    registry.on('component_registered', ({ name }) => registry.unregister(name));
    registry.register('a', {});
    expect(registry.names()).toEqual([]);
  });

  it.each([
    ['', {}, 'name must be a non-empty string, got ""'],
    [5, {}, 'name must be a non-empty string, got 5'],
    ['a', null, 'component must be an object, got null'],
    ['a', 'text', 'component must be an object, got "text"'],
  ])('refuses the name %o with %o', (name, component, message) => {
    const registry = new ComponentRegistry();
    const register = () => registry.register(name as string, component as object);
    expect(register).toThrow(ConfigurationError);
    expect(register).toThrow(`ComponentRegistry.register: ${message}`);
  });
});
