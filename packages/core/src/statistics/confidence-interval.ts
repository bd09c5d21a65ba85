/** Where a statistic lies, with how much confidence. */
export interface ConfidenceInterval {
  readonly low: number;
  readonly high: number;
  /** The share of such intervals, over repeated samples, that hold the true value: 0.95. */
  readonly confidence: number;
}
