import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/index.ts';
import { StateError, UnknownNameError } from '../errors/index.ts';
import { Emitter } from '../events/index.ts';
import { option, readValue } from '../options/index.ts';

export interface RegistryEvents {
  component_registered: { readonly name: string };
  component_unregistered: { readonly name: string };
}

/**
 * The parts of an application by name.
 *
 * @typeParam Components the type of each component, by its name; names that are not listed are refused by the compiler
 */
export class ComponentRegistry<
  Components extends object = Record<string, object>,
> extends Emitter<RegistryEvents> {
  readonly #components = new Map<string, { readonly component: unknown }>();

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    super(clock);
  }

  /**
   * Adds a component. Returns what removes it again.
   *
   * @throws ConfigurationError for an empty name or a component that is no object
   * @throws StateError when the name is taken
   */
  register<Name extends keyof Components & string>(name: Name, component: Components[Name]): Disposer {
    readValue('ComponentRegistry.register', 'name', name, option.string());
    readValue('ComponentRegistry.register', 'component', component, option.withMethods<object>());
    if (this.#components.has(name)) {
      throw new StateError(
        `a component called ${JSON.stringify(name)} is registered already; unregister it first`,
      );
    }
    const registration = { component };
    this.#components.set(name, registration);
    this.emit('component_registered', { name });
    return () => {
      // Not a successor, be it the same component registered again.
      if (this.#components.get(name) === registration) this.unregister(name);
    };
  }

  /** Removes a component; says whether there was one. */
  unregister(name: keyof Components & string): boolean {
    const existed = this.#components.delete(name);
    if (existed) this.emit('component_unregistered', { name });
    return existed;
  }

  has(name: string): name is keyof Components & string {
    return this.#components.has(name);
  }

  /** @throws UnknownNameError when nothing is registered under the name; the message lists what is */
  getComponent<Name extends keyof Components & string>(name: Name): Components[Name] {
    const registration = this.#components.get(name);
    if (!registration) throw new UnknownNameError('component', name, this.#components.keys());
    // The map holds under each name what `register` was given for it.
    return registration.component as Components[Name];
  }

  /** Names in the order of registration. */
  names(): string[] {
    return [...this.#components.keys()];
  }
}
