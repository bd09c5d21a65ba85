import type { Clock, Disposer } from '@evenkeel/core';

/* Losses come by the thousand: the first is told at once, the others together. */
const REPORT_EVERY_MS = 10_000;

/** What a {@link LossReport} asks and tells. */
export interface LossReportParts {
  readonly clock: Pick<Clock, 'monotonic' | 'setTimeout'>;
  /** All that was lost so far. */
  total(): number;
  /** Whether more may be lost without anybody calling `update`. */
  isAtRisk(): boolean;
  tell(count: number, total: number): void;
}

/** Tells of losses, at most once in ten seconds. */
export class LossReport {
  readonly #parts: LossReportParts;
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: Disposer | undefined;

  constructor(parts: LossReportParts) {
    this.#parts = parts;
  }

  /** Looks for losses; tells of them now, or when it is time to. */
  update(): void {
    if (this.#cancel) return;
    const { clock } = this.#parts;
    const isNew = this.#parts.total() > this.#told;
    const waitMs = this.#toldAt + REPORT_EVERY_MS - clock.monotonic();
    if (isNew && waitMs <= 0) this.tellNow();
    if (!this.#parts.isAtRisk() && !(isNew && waitMs > 0)) return;
    this.#cancel = clock.setTimeout(
      () => {
        this.#cancel = undefined;
        this.update();
      },
      waitMs > 0 ? waitMs : REPORT_EVERY_MS,
    );
  }

  /** The last word: looks no further. */
  tellNow(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const total = this.#parts.total();
    const count = total - this.#told;
    if (count === 0) return;
    this.#told = total;
    this.#toldAt = this.#parts.clock.monotonic();
    this.#parts.tell(count, total);
  }
}
