/** A measurement under way. */
export interface Timer {
  /** Unique to this call of `startTimer`: `load-user#17`. */
  readonly name: string;
  /** What is measured: the name given to `startTimer`. */
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ends the measurement and gives its duration in ms. Ending again gives the same duration and records nothing. */
  end(): number;
}

/** A measurement that has ended. */
export interface TimerEnded {
  readonly name: string;
  readonly operation: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly durationMs: number;
}
