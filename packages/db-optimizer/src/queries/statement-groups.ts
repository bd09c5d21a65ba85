import type { RunSamplesOptions } from './run-samples.ts';
import { type GroupIdentity, StatementGroup } from './statement-group.ts';

/* Looking for the least valuable takes time: some of them go at once. */
const DROPPED_AT_ONCE = 0.05;

/** The groups of statements, no more than a number of them: those that took the least time of late go first. */
export class StatementGroups {
  readonly #maxSize: number;
  readonly #samples: RunSamplesOptions;
  readonly #groups = new Map<string, StatementGroup>();
  #droppedGroups = 0;
  #droppedRuns = 0;

  constructor(maxSize: number, samples: RunSamplesOptions) {
    this.#maxSize = maxSize;
    this.#samples = samples;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Groups that had to go, and the runs they had. */
  get dropped(): { readonly groups: number; readonly runs: number } {
    return { groups: this.#droppedGroups, runs: this.#droppedRuns };
  }

  values(): Iterable<StatementGroup> {
    return this.#groups.values();
  }

  /** The group of that id, a new one where there is none; `nowMs` is monotonic. */
  take(identity: GroupIdentity, nowMs: number): StatementGroup {
    const known = this.#groups.get(identity.id);
    if (known) return known;
    if (this.#groups.size >= this.#maxSize) this.#dropSome(nowMs);
    const group = new StatementGroup(identity, this.#samples);
    this.#groups.set(identity.id, group);
    return group;
  }

  clear(): void {
    this.#groups.clear();
  }

  #dropSome(nowMs: number): void {
    const byWorth = [...this.#groups.values()]
      .map((group) => ({ group, worth: group.worth(nowMs) }))
      .sort((a, b) => a.worth - b.worth);
    for (const { group } of byWorth.slice(0, Math.max(1, Math.floor(this.#maxSize * DROPPED_AT_ONCE)))) {
      this.#groups.delete(group.identity.id);
      this.#droppedGroups++;
      this.#droppedRuns += group.statistics.calls;
    }
  }
}
