/* The mean of about the last 16 tells of the present. */
const GAIN = 1 / 16;

/** How fast work is getting done, as running means. */
export class Pace {
  /** Time between two starts while work waits, in ms; 0 until it is known. */
  startIntervalMs = 0;
  /** Time that work takes once it is started, in ms; 0 until it is known. */
  serviceMs = 0;
  /** When the last start was after which work still waited; -1 where none waits. */
  #chainedAtMs = -1;

  /** Something that had waited is started. @param isLast whether nothing waits any more */
  started(isLast: boolean, nowMs: number): void {
    if (this.#chainedAtMs >= 0) {
      this.startIntervalMs = moved(this.startIntervalMs, nowMs - this.#chainedAtMs);
    }
    this.#chainedAtMs = isLast ? -1 : nowMs;
  }

  /** Nothing waits any more, though nothing was started. */
  cleared(): void {
    this.#chainedAtMs = -1;
  }

  ended(serviceMs: number): void {
    this.serviceMs = moved(this.serviceMs, serviceMs);
  }
}

function moved(mean: number, sample: number): number {
  return mean === 0 ? sample : mean + GAIN * (sample - mean);
}
