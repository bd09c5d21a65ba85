/** One run of a statement, as it was seen in the application. */
export interface QueryObservation {
  readonly text: string;
  readonly params: readonly unknown[] | undefined;
  /** When it began, in epoch ms. */
  readonly startedAt: number;
  /** From sending it to the last row, in ms. */
  readonly durationMs: number;
  /** Rows it gave or changed, where known. */
  readonly rows: number | undefined;
  /** What it failed with; undefined where it succeeded. */
  readonly error: unknown;
}

/** Takes what was observed. It never throws and never blocks. */
export type ObserveQuery = (observation: QueryObservation) => void;
