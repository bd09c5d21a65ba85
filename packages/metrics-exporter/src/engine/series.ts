/** Why a recording was refused; the value of the label `reason` of the self metric. */
export type RejectionReason = 'value' | 'labels' | 'type' | 'definition';

/** What a series tells of what happens to it. */
export interface SeriesOwner {
  /** Whether somebody wants to hear of every recording: read on each one, so it is a plain field. */
  readonly watched: boolean;
  recorded(series: Series, value: number): void;
  rejectValue(series: Series, value: unknown, accepted: string): void;
}

/** One label set of a metric, and the ground of the five kinds. */
export abstract class Series {
  readonly owner: SeriesOwner;
  /** In the order of the metric's label names. */
  readonly values: readonly string[];
  /** What the text format writes of it each time, its labels escaped; rendered at the first export and kept. */
  text: string | undefined = undefined;

  constructor(owner: SeriesOwner, values: readonly string[]) {
    this.owner = owner;
    this.values = values;
  }

  /** Back to the state before the first recording. */
  abstract reset(): void;

  /** Called once the series is no longer exported; handles to it may go on recording. */
  detach(): void {}
}
