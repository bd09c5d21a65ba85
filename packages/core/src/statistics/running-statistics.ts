/**
 * Count, mean, variance and range of a stream of values, in constant memory, without keeping them.
 *
 * The mean and the sum of squared deviations are updated by the recurrence of B. P. Welford, "Note on a Method
 * for Calculating Corrected Sums of Squares and Products", Technometrics 4 (1962), on the distances from the
 * first value, so that little is lost where the mean is huge beside the deviation. Two are merged by the
 * pairwise formula of T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for
 * Computing Sample Variances" (1979).
 *
 * Before the first value, everything but the counts is NaN. Values beyond about 1e150 overflow the variance.
 */
export class RunningStatistics {
  #count = 0;
  #ignored = 0;
  #origin = 0;
  /* Of the distances from the origin. */
  #mean = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** Takes a value in. NaN and infinite values are left out and counted in `ignored`. */
  add(value: number): void {
    if (!Number.isFinite(value)) {
      this.#ignored += 1;
      return;
    }
    if (this.#count === 0) this.#origin = value;
    this.#count += 1;
    const distance = value - this.#origin;
    const before = distance - this.#mean;
    this.#mean += before / this.#count;
    this.#squares += before * (distance - this.#mean);
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** Takes in all that another one has seen; the other one stays as it is. */
  merge(other: RunningStatistics): void {
    this.#ignored += other.#ignored;
    if (other.#count === 0) return;
    if (this.#count === 0) this.#origin = other.#origin;
    const count = this.#count + other.#count;
    const distance = other.#origin - this.#origin + (other.#mean - this.#mean);
    this.#squares += other.#squares + distance * distance * (this.#count / count) * other.#count;
    this.#mean += distance * (other.#count / count);
    this.#count = count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything. */
  reset(): void {
    this.#count = 0;
    this.#ignored = 0;
    this.#origin = 0;
    this.#mean = 0;
    this.#squares = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
  }

  /** How many values were taken in. */
  get count(): number {
    return this.#count;
  }

  /** How many values were NaN or infinite and left out. */
  get ignored(): number {
    return this.#ignored;
  }

  get mean(): number {
    return this.#count === 0 ? Number.NaN : this.#origin + this.#mean;
  }

  /** The sample variance, with n - 1 as divisor; NaN below two values. */
  get variance(): number {
    return this.#count < 2 ? Number.NaN : this.#squares / (this.#count - 1);
  }

  /** The square root of the sample variance; NaN below two values. */
  get standardDeviation(): number {
    return Math.sqrt(this.variance);
  }

  get min(): number {
    return this.#count === 0 ? Number.NaN : this.#min;
  }

  get max(): number {
    return this.#count === 0 ? Number.NaN : this.#max;
  }
}
