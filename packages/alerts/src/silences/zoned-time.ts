/** A day of the calendar. */
export interface CalendarDay {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

const DAY_MS = 86_400_000;

/** Wall clocks of one time zone, by the rules that the platform knows. */
export class ZonedTime {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError for a time zone that the platform doesn't know */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The day at an instant, in ms since 1970, moved by some days. */
  dayAt(instant: number, movedBy = 0): CalendarDay {
    const day = new Date(this.#wallClock(instant) + movedBy * DAY_MS);
    return { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() };
  }

  /**
   * The instant at which clocks show a time of a day: the first one where they show it twice, and as much after the
   * jump as the time is into it where they skip it.
   *
   * @param minutes since midnight
   */
  instantOf({ year, month, day }: CalendarDay, minutes: number): number {
    const shown = Date.UTC(year, month - 1, day, 0, minutes);
    // Offsets change at most once within a day: of the two around, one is right, or both where none is needed.
    const before = shown - this.#offset(shown - DAY_MS);
    const after = shown - this.#offset(shown + DAY_MS);
    const earlier = Math.min(before, after);
    if (this.#wallClock(earlier) === shown) return earlier;
    const later = Math.max(before, after);
    return this.#wallClock(later) === shown ? later : before;
  }

  /** How far clocks are ahead of UTC, in ms. */
  #offset(instant: number): number {
    return this.#wallClock(instant) - Math.floor(instant / 1000) * 1000;
  }

  /** What clocks show, as if they were in UTC; to the second. */
  #wallClock(instant: number): number {
    const shown: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(instant)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }
}
