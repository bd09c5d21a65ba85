/** When an alert counts as flapping. */
export interface FlapSettings {
  /** Changes of state in quick succession from which on it flaps; it has calmed down at a third of them. */
  readonly changes: number;
  /** In which a change loses half of its weight, in ms. */
  readonly halfLifeMs: number;
}

/**
 * How often a state changes: each change adds one, and weighs half after each half-life. Two bounds keep the flapping
 * itself from flapping. The damping of routes in RFC 2439, and in kind that of Nagios, whose weights fall over a
 * list of checks; this one needs no list and no checks at even times.
 */
export class FlapScore {
  readonly #settings: FlapSettings;
  #score = 0;
  #at = 0;
  #isFlapping = false;

  constructor(settings: FlapSettings) {
    this.#settings = settings;
  }

  get isFlapping(): boolean {
    return this.#isFlapping;
  }

  /** Counts a change of state. */
  change(now: number): void {
    this.#score = this.scoreAt(now) + 1;
    this.#at = now;
  }

  /** Begins to flap where there were too many changes; says whether it does so now. */
  begin(now: number): boolean {
    if (this.#isFlapping || this.scoreAt(now) < this.#settings.changes * NEARLY) return false;
    this.#isFlapping = true;
    return true;
  }

  /** Ends to flap where it has calmed down; says whether it does so now. */
  calm(now: number): boolean {
    if (!this.#isFlapping || this.scoreAt(now) > this.#settings.changes / 3) return false;
    this.#isFlapping = false;
    return true;
  }

  scoreAt(now: number): number {
    return this.#score * 0.5 ** (Math.max(0, now - this.#at) / this.#settings.halfLifeMs);
  }
}

/* Changes in quick succession take some time all the same. */
const NEARLY = 0.95;
