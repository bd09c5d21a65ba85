import type { ComponentView } from './allocation-view.ts';

/**
 * How many components a step may take: of those whose effect on the resource is known, as many as it needs; of the
 * others one more than were ever measured. A first step touches a single component, the next two, then four:
 * what nobody has measured is never touched by the dozen.
 */
export class Caution {
  readonly #resource: string | undefined;
  #left: number;

  constructor(components: readonly ComponentView[], resource: string | undefined) {
    this.#resource = resource;
    this.#left = 1 + components.filter((component) => this.#isKnown(component)).length;
  }

  /** Whether the step may take this one too; counts it where it may. */
  allows(component: ComponentView): boolean {
    if (this.#isKnown(component)) return true;
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  #isKnown({ effects }: ComponentView): boolean {
    return this.#resource !== undefined && effects.has(this.#resource);
  }
}
