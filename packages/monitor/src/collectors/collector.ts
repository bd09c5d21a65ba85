/** Something that can be looked at now and then: the CPU, a connection pool, a queue. */
export interface Collector<Value = unknown> {
  /**
   * Gives the present reading as plain data: numbers, strings, booleans, `null`, and objects and arrays of
   * them. `undefined` says that there is nothing to read here, and leaves the collector out of the snapshot.
   * May throw, reject or hang. `signal` fires when the reading is no longer waited for.
   */
  collect(signal: AbortSignal): Value | Promise<Value>;
  /** Called when the monitor begins; what it opens must not hold the process. */
  start?(): void | Promise<void>;
  /** Called when the monitor stops or the collector is removed. */
  stop?(): void | Promise<void>;
  /** Time its own callbacks have taken outside `collect`, in ms since the start: counted as overhead. */
  backgroundMs?(): number;
}

/** What stands in a snapshot for a collector that failed. */
export interface CollectorFailure {
  readonly error: string;
}

/** One reading of all collectors. */
export interface MetricSnapshot {
  /** When the gathering ended, in ms since 1970. */
  readonly timestamp: number;
  /** By name of the collector: its value, or a {@link CollectorFailure}. */
  readonly [collector: string]: unknown;
}

/** How a collector has done. */
export interface CollectorStatus {
  readonly name: string;
  readonly readings: number;
  readonly failures: number;
  /** Failures since the last reading that succeeded. */
  readonly consecutiveFailures: number;
  readonly lastError: string | undefined;
  /** Whether a call that timed out has still not ended; it is not called again meanwhile. */
  readonly hanging: boolean;
}
