/** What a drain tells. */
export interface DrainEvents {
  /** Records were lost to the sink; at most once in ten seconds. */
  records_lost: {
    readonly sink: string;
    /** Since the last such event. */
    readonly count: number;
    /** Since the drain was made. */
    readonly total: number;
  };
  /** The sink has failed; it is tried again. */
  sink_failed: {
    readonly sink: string;
    readonly operation: SinkOperation;
    readonly error: Error;
    /** Tries that have failed in a row. */
    readonly failures: number;
  };
  /** The sink works again. */
  sink_recovered: {
    readonly sink: string;
    /** Tries that had failed in a row. */
    readonly failures: number;
  };
}

export type SinkOperation = 'start' | 'write' | 'flush' | 'stop';

/**
 * What a drain does. `failing`: its last try has failed; `hanging`: the one under way has not settled in the time it
 * was given.
 */
export type DrainState = 'stopped' | 'running' | 'failing' | 'hanging';

/** How a drain does. `written + lost + waiting` is all that was recorded since it was made. */
export interface DrainStatistics {
  readonly sink: string;
  readonly state: DrainState;
  readonly written: number;
  /** For whichever reason. */
  readonly lost: number;
  /** Let go of by the recorder before they were read: the sink was too slow. Part of `lost`. */
  readonly overwritten: number;
  /** Refused by the sink for good. Part of `lost`. */
  readonly unwritable: number;
  /** Not written yet. */
  readonly waiting: number;
  /** Tries that have failed in a row. */
  readonly failures: number;
  readonly lastError?: string;
}
