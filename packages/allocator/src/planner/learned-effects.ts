/** How a step changed the shares of components. */
export type ShareChanges = ReadonlyMap<string, number>;

/** Utilisation by resource. */
export type Utilizations = ReadonlyMap<string, number>;

interface Effect {
  readonly gain: number;
  /** How far the gain may be off: its variance. */
  readonly variance: number;
}

const NOTHING: Utilizations = new Map();

/* Standard deviations, in parts of the resource: of what else changes the utilisation during a step; of a gain
   that was never measured, and that others were; and of how much a gain drifts from one step to the next. */
const NOISE = 0.04;
const UNMEASURED = 0.5;
const LIKE_OTHERS = 0.05;
const DRIFT = 0.002;

/* A change further from what was expected than three deviations is a burst of something else, and counts as three. */
const MOST_DEVIATIONS = 3;

/* Nothing uses more than twice what there is; a higher figure is a coincidence. */
const GREATEST_GAIN = 2;

/**
 * What each component costs of each resource, learned from what steps have changed: the utilisation that goes
 * with its whole share. A Kalman filter (R. E. Kalman, "A New Approach to Linear Filtering and Prediction
 * Problems", 1960) with independent gains: large steps tell more than small ones, each component of a step is
 * charged by how uncertain its gain is, and what is known well is not given up for a coincidence.
 */
export class LearnedEffects {
  readonly #gains = new Map<string, Map<string, number>>();
  readonly #variances = new Map<string, Map<string, number>>();

  /** What is known of a component, by resource. */
  of(id: string): Utilizations {
    return this.#gains.get(id) ?? NOTHING;
  }

  /** Takes in what the utilisation was before and after the step. */
  learn(changes: ShareChanges, before: Utilizations, after: Utilizations): void {
    for (const [resource, from] of before) {
      const to = after.get(resource);
      if (to !== undefined) this.#learnResource(resource, changes, to - from);
    }
  }

  forget(id: string): void {
    this.#gains.delete(id);
    this.#variances.delete(id);
  }

  #learnResource(resource: string, changes: ShareChanges, measured: number): void {
    const prior = this.#priorOf(resource);
    const effectOf = (id: string): Effect => {
      const gain = this.#gains.get(id)?.get(resource);
      const variance = this.#variances.get(id)?.get(resource);
      return gain === undefined || variance === undefined ? prior : { gain, variance };
    };
    let expected = 0;
    let uncertainty = NOISE ** 2;
    for (const [id, change] of changes) {
      const { gain, variance } = effectOf(id);
      expected += gain * change;
      uncertainty += variance * change ** 2;
    }
    const most = MOST_DEVIATIONS * Math.sqrt(uncertainty);
    const surprise = Math.min(most, Math.max(-most, measured - expected));
    for (const [id, change] of changes) {
      const { gain, variance } = effectOf(id);
      const correction = (variance * change) / uncertainty;
      const learned = Math.min(GREATEST_GAIN, Math.max(0, gain + correction * surprise));
      keep(this.#gains, id, resource, learned);
      keep(this.#variances, id, resource, variance * (1 - correction * change) + DRIFT ** 2);
    }
  }

  /** A component that was not measured yet is taken to be much like those that were. */
  #priorOf(resource: string): Effect {
    let sum = 0;
    let count = 0;
    for (const gains of this.#gains.values()) {
      const gain = gains.get(resource);
      if (gain === undefined) continue;
      sum += gain;
      count += 1;
    }
    if (count === 0) return { gain: 0, variance: UNMEASURED ** 2 };
    const gain = sum / count;
    return { gain, variance: Math.max(LIKE_OTHERS, gain) ** 2 };
  }
}

function keep(table: Map<string, Map<string, number>>, id: string, resource: string, value: number): void {
  const row = table.get(id) ?? new Map<string, number>();
  table.set(id, row);
  row.set(resource, value);
}
