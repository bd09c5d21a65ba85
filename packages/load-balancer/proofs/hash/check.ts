import { seededRandom } from '@evenkeel/core/statistics';
import { Fleet } from '../../src/servers/fleet.ts';
import { HashStrategy } from '../../src/strategies/hash.ts';

/** A hash strategy with servers by id. */
export class HashRing {
  readonly #fleet: Fleet;
  readonly #strategy: HashStrategy;
  readonly #slots = new Map<string, number>();

  constructor(seed = 1) {
    this.#fleet = new Fleet(seededRandom(seed));
    this.#strategy = new HashStrategy(this.#fleet);
  }

  add(id: string, weight = 1): void {
    const slot = this.#fleet.add(id);
    this.#slots.set(id, slot);
    this.#strategy.added(slot);
    this.#weigh(slot, weight);
  }

  remove(id: string): void {
    const slot = this.#slotOf(id);
    this.#weigh(slot, 0);
    this.#strategy.removed(slot);
    this.#fleet.remove(slot);
    this.#slots.delete(id);
  }

  setWeight(id: string, weight: number): void {
    this.#weigh(this.#slotOf(id), weight);
  }

  /** The id of the server of a key; undefined where there is none. */
  find(key: string): string | undefined {
    const slot = this.#strategy.pick(0, undefined, key);
    return slot === -1 ? undefined : this.#fleet.idOf(slot);
  }

  findAll(keys: readonly string[]): (string | undefined)[] {
    return keys.map((key) => this.find(key));
  }

  #weigh(slot: number, weight: number): void {
    if (this.#fleet.setWeight(slot, weight)) this.#strategy.reweighted(slot);
  }

  #slotOf(id: string): number {
    const slot = this.#slots.get(id);
    if (slot === undefined) throw new RangeError(`there is no server ${id}`);
    return slot;
  }
}

/** Keys that are alike but for a number, as most are. */
export function keysOf(count: number, set = 0): string[] {
  return Array.from({ length: count }, (_, at) => `user:${set * count + at}`);
}

/** Of the servers' counts of keys, the largest and the smallest to the mean. */
export function spread(
  found: readonly (string | undefined)[],
  servers: number,
): { max: number; min: number } {
  const counts = new Map<string | undefined, number>();
  for (const id of found) counts.set(id, (counts.get(id) ?? 0) + 1);
  const mean = found.length / servers;
  return { max: Math.max(...counts.values()) / mean, min: Math.min(...counts.values()) / mean };
}

export interface Moves {
  /** Keys from or to the servers that changed, of all. */
  readonly due: number;
  /** Keys between two others, of all. */
  readonly needless: number;
}

export function moves(
  before: readonly (string | undefined)[],
  after: readonly (string | undefined)[],
  changed: ReadonlySet<string | undefined>,
): Moves {
  let due = 0;
  let needless = 0;
  before.forEach((from, at) => {
    const to = after[at];
    if (from === to) return;
    if (changed.has(from) || changed.has(to)) due += 1;
    else needless += 1;
  });
  return { due: due / before.length, needless: needless / before.length };
}
