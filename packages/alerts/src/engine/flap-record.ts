import { FlapScore, type FlapSettings } from './flap-score.ts';

/* Less than half a change is forgotten. */
const FORGETTABLE = 0.4;

/** The flap scores of alerts, which outlive each single firing. Bounded: the one that came first goes first. */
export class FlapRecord {
  readonly #settings: FlapSettings;
  readonly #maxScores: number;
  readonly #scores = new Map<string, FlapScore>();

  constructor(settings: FlapSettings, maxScores: number) {
    this.#settings = settings;
    this.#maxScores = maxScores;
  }

  /** Counts a change of state. */
  change(id: string, now: number): void {
    this.#scoreOf(id).change(now);
  }

  /** Counts that it fires; says whether it begins to flap by that. */
  fire(id: string, now: number): boolean {
    const score = this.#scoreOf(id);
    score.change(now);
    return score.begin(now);
  }

  /** Whether it ends to flap. */
  calm(id: string, now: number): boolean {
    return this.#scores.get(id)?.calm(now) ?? false;
  }

  forget(now: number): void {
    for (const [id, score] of this.#scores) {
      if (!score.isFlapping && score.scoreAt(now) < FORGETTABLE) this.#scores.delete(id);
    }
  }

  #scoreOf(id: string): FlapScore {
    let score = this.#scores.get(id);
    if (!score) {
      score = new FlapScore(this.#settings);
      this.#scores.set(id, score);
      const first = this.#scores.keys().next();
      if (this.#scores.size > this.#maxScores && !first.done) this.#scores.delete(first.value);
    }
    return score;
  }
}
