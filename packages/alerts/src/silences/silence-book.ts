import { StateError } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import { compileMatchers, type Matches, matchesAlert } from '../labels/matchers.ts';
import type { Silence } from './silence.ts';

/* More than this and nobody knows any more what is silenced. */
const MAX_SILENCES = 1000;

interface Entry {
  readonly silence: Silence;
  readonly matches: Matches;
}

/** The silences that are in force or will be. Times are wall time. */
export class SilenceBook {
  readonly #entries = new Map<string, Entry>();

  /** @throws StateError beyond 1000 */
  add(silence: Silence): void {
    if (!this.#entries.has(silence.id) && this.#entries.size >= MAX_SILENCES)
      throw new StateError(`there are ${MAX_SILENCES} silences already; take back some of them`);
    this.#entries.set(silence.id, { silence, matches: compileMatchers(silence.matchers) });
  }

  get(id: string): Silence | undefined {
    return this.#entries.get(id)?.silence;
  }

  /** Gives the silence that was removed. */
  remove(id: string): Silence | undefined {
    const silence = this.get(id);
    this.#entries.delete(id);
    return silence;
  }

  /** Forgets those that are over, and gives them. */
  expire(wallNow: number): readonly Silence[] {
    const over = this.list().filter(({ until }) => until <= wallNow);
    for (const { id } of over) this.#entries.delete(id);
    return over;
  }

  list(): readonly Silence[] {
    return [...this.#entries.values()].map(({ silence }) => silence);
  }

  /** Ids of those that keep an alert from being told. */
  covering(
    alert: { readonly name: string; readonly severity: string; readonly labels: Labels },
    wallNow: number,
  ): readonly string[] {
    const ids: string[] = [];
    for (const { silence, matches } of this.#entries.values()) {
      if (silence.from <= wallNow && wallNow < silence.until && matchesAlert(matches, alert))
        ids.push(silence.id);
    }
    return ids;
  }
}
