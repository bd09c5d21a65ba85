import type { Clock, Disposer } from '@evenkeel/core';

/** The time that a scheduled report is of. */
export interface DueReport {
  readonly from: number;
  /** A whole multiple of the interval. */
  readonly to: number;
  /** Reports that should have been made within it and were not. */
  readonly missed: number;
}

export interface ReportScheduleOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Makes the report; says whether it could. Never rejects. */
  readonly report: (due: DueReport) => Promise<boolean>;
}

/* 1970 began on a Thursday: weeks begin on Mondays. Days and hours begin as they do in UTC. */
const FIRST_MONDAY_MS = 4 * 86_400_000;
/* So that the last records of the period have come from the ring into the history. */
const SETTLE_MS = 5000;
/* A timer measures running time: sleep and a change of the wall clock are noticed this soon. */
const LONGEST_WAIT_MS = 60_000;
/* The first retry of a report that could not be made; each further one waits twice as long. */
const FIRST_RETRY_MS = 10_000;
/* After weeks away, what is of use is the last of them. */
const LONGEST_RANGE_MS = 31 * 86_400_000;

/**
 * Makes a report of each interval of the wall clock after its end: of `1h` on the hour, of `7d` on Mondays, UTC. What was
 * missed (asleep, stopped, failed) is covered by one report of all of that time, 31 days at most, and never by several at
 * once. Where the clock is set back by an interval or more, the time from there on is reported again.
 */
export class ReportSchedule {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #report: ReportScheduleOptions['report'];
  #coveredUntil: number | undefined;
  #failures = 0;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #cancel: Disposer | undefined;
  #underWay: Promise<void> | undefined;

  constructor({ intervalMs, clock, report }: ReportScheduleOptions) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
    this.#report = report;
  }

  /** The end of what was reported last, in ms since 1970; before the first report its beginning. */
  get coveredUntil(): number {
    return this.#coveredUntil ?? this.#endBefore(this.#clock.now());
  }

  /** When the next report is due, in ms since 1970. */
  get nextAt(): number {
    return this.coveredUntil + this.#intervalMs + SETTLE_MS;
  }

  /** Idempotent. */
  start(): void {
    if (this.#cancel) return;
    this.#coveredUntil ??= this.#endBefore(this.#clock.now() - SETTLE_MS);
    this.#wait();
  }

  /** Waits for a report that is being made. Idempotent. */
  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#underWay;
  }

  #wait(): void {
    this.#cancel?.();
    const untilDue = Math.max(this.nextAt - this.#clock.now(), this.#retryAtMs - this.#clock.monotonic());
    // While a report is being made, what is due next waits for its end.
    const delayMs = this.#underWay ? LONGEST_WAIT_MS : Math.min(Math.max(untilDue, 0), LONGEST_WAIT_MS);
    this.#cancel = this.#clock.setTimeout(() => this.#tick(), delayMs);
  }

  #tick(): void {
    const due = this.#underWay ? undefined : this.#due();
    if (due) {
      this.#underWay = this.#run(due).finally(() => {
        this.#underWay = undefined;
        // Unless it was stopped meanwhile.
        if (this.#cancel) this.#wait();
      });
    } else {
      this.#wait();
    }
  }

  async #run(due: DueReport): Promise<void> {
    if (await this.#report(due)) {
      this.#coveredUntil = due.to;
      this.#failures = 0;
      return;
    }
    // The next try covers what has passed until then, so that nothing has to be remembered of this one.
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, this.#intervalMs);
    this.#retryAtMs = this.#clock.monotonic() + waitMs;
    this.#failures += 1;
  }

  #due(): DueReport | undefined {
    const now = this.#clock.now();
    const to = this.#endBefore(now - SETTLE_MS);
    if (this.coveredUntil - now >= this.#intervalMs) this.#coveredUntil = to;
    const from = this.coveredUntil;
    if (to <= from || this.#clock.monotonic() < this.#retryAtMs) return undefined;
    return {
      from: Math.max(from, to - Math.max(LONGEST_RANGE_MS, this.#intervalMs)),
      to,
      missed: Math.round((to - from) / this.#intervalMs) - 1,
    };
  }

  /** The end of the last whole interval before a time. */
  #endBefore(time: number): number {
    const since = Math.floor((time - FIRST_MONDAY_MS) / this.#intervalMs);
    return FIRST_MONDAY_MS + since * this.#intervalMs;
  }
}
