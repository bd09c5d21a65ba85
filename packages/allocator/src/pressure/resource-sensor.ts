/** What a sensor found. */
export interface ResourceReading {
  /**
   * Used part of what there is: 0 is idle, 1 exhausted; what waits for more than there is takes it beyond 1.
   * Since the sensor's previous reading, or at this moment, as suits the resource.
   */
  readonly utilization: number;
  /** What it was computed from, for the person who asks why. */
  readonly evidence: Readonly<Record<string, number | string>>;
}

/** Looks at one resource. Of several sensors of one resource the fullest counts. */
export interface ResourceSensor {
  /** `cpu`, `memory`, `eventLoop`, or a name of one's own. */
  readonly resource: string;
  /** Begins a new interval. Idempotent. */
  start?(): void;
  /** Lets go of timers and files. Idempotent; `start` may follow. */
  stop?(): void;
  /** Cheap and synchronous. `undefined` where it cannot tell. */
  read(): ResourceReading | undefined;
}
