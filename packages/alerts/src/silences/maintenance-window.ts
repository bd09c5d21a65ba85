import {
  ConfigurationError,
  type ConfigurationIssue,
  type Duration,
  type Field,
  option,
  readOptions,
} from '@evenkeel/core';
import { compileMatchers, type Matchers, type Matches, matchersField } from '../labels/matchers.ts';
import { type CalendarDay, ZonedTime } from './zoned-time.ts';

/** By the order of `Date.getUTCDay`. */
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A time in which alerts are not told: once, or every day or week by the clocks of a time zone. */
export type MaintenanceWindow = {
  /** Unique; stands in `silencedBy`. */
  readonly name: string;
  /** @defaultValue all alerts */
  readonly matchers?: Matchers;
} & (
  | {
      /** In ms since 1970, or as `Date.parse` reads it: `'2026-12-24T22:00:00Z'`. */
      readonly from: number | string;
      readonly until: number | string;
    }
  | {
      /** When it begins, by the clock: `'02:30'`. A time that is skipped in spring begins after the jump. */
      readonly start: string;
      /** At most a week. */
      readonly duration: Duration;
      /** @defaultValue every day */
      readonly days?: readonly Weekday[];
      /** An IANA name: `'Europe/Berlin'`. @defaultValue 'UTC' */
      readonly timeZone?: string;
    }
);

/** From, and until before. In ms since 1970. */
interface Occurrence {
  readonly from: number;
  readonly until: number;
}

/** A window, read and ready to be asked. */
export interface MaintenancePlan {
  readonly name: string;
  readonly matches: Matches;
  /** Whether it is in force at an instant, in ms since 1970. */
  isActive(wallNow: number): boolean;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const OWNER = 'maintenance window';

interface WindowSettings {
  readonly name: string;
  readonly matchers: Matchers;
  readonly from: number | undefined;
  readonly until: number | undefined;
  readonly start: number | undefined;
  readonly duration: number | undefined;
  readonly days: readonly Weekday[];
  readonly timeZone: ZonedTime;
}

/** @throws ConfigurationError that names each fault */
export function readMaintenanceWindow(window: MaintenanceWindow): MaintenancePlan {
  const { name, matchers, ...times } = readOptions<WindowSettings>(OWNER, window, {
    name: option.string(),
    matchers: matchersField.default({}),
    from: instantField.optional(),
    until: instantField.optional(),
    start: timeOfDayField.optional(),
    duration: option.duration({ min: 1000, max: WEEK_MS }).optional(),
    days: option.listOf(option.oneOf(WEEKDAYS)).default(WEEKDAYS),
    timeZone: timeZoneField.default(new ZonedTime('UTC')),
  });
  return { name, matches: compileMatchers(matchers), isActive: activityOf(times) };
}

function activityOf(times: Omit<WindowSettings, 'name' | 'matchers'>): (wallNow: number) => boolean {
  const { from, until, start, duration, days, timeZone } = times;
  if (from !== undefined && until !== undefined && start === undefined && duration === undefined) {
    if (until <= from)
      throw new ConfigurationError(OWNER, [{ path: 'until', value: until, expected: 'after `from`' }]);
    return (wallNow) => wallNow >= from && wallNow < until;
  }
  if (from !== undefined || until !== undefined || start === undefined || duration === undefined) {
    const expected = 'with both `from` and `until`, or with both `start` and `duration`';
    throw new ConfigurationError(OWNER, [{ path: 'window', value: Object.keys(times), expected }]);
  }
  if (days.length === 0)
    throw new ConfigurationError(OWNER, [{ path: 'days', value: days, expected: 'not empty' }]);
  return recurring({ start, duration, days, timeZone });
}

interface Recurrence {
  readonly start: number;
  readonly duration: number;
  readonly days: readonly Weekday[];
  readonly timeZone: ZonedTime;
}

/** Remembers what it found out: looking up time zones costs microseconds, and alarms come in thousands. */
function recurring(recurrence: Recurrence): (wallNow: number) => boolean {
  let asked = Number.NaN;
  let known: Occurrence = { from: Number.NaN, until: Number.NaN };
  return (wallNow) => {
    const isKnown = wallNow >= asked && wallNow < known.until;
    if (!isKnown) {
      known = occurrenceAt(recurrence, wallNow);
      asked = wallNow;
    }
    return wallNow >= known.from && wallNow < known.until;
  };
}

/** The occurrence that is in force, else the next one; where there is none within a week, up to which that is known. */
function occurrenceAt({ start, duration, days, timeZone }: Recurrence, wallNow: number): Occurrence {
  const daysBack = Math.ceil(duration / DAY_MS) + 1;
  for (let moved = -daysBack; moved <= 8; moved++) {
    const day = timeZone.dayAt(wallNow, moved);
    if (!days.includes(weekdayOf(day))) continue;
    const from = timeZone.instantOf(day, start);
    if (wallNow < from + duration) return { from, until: from + duration };
  }
  return { from: Number.POSITIVE_INFINITY, until: wallNow + DAY_MS };
}

function weekdayOf({ year, month, day }: CalendarDay): Weekday {
  return WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? 'sunday';
}

/* Functions, so that they stand last. */
const instantField = fieldOf("ms since 1970, or a text such as '2026-12-24T22:00:00Z'", (value) => {
  const instant = typeof value === 'string' ? Date.parse(value) : value;
  return typeof instant === 'number' && Number.isFinite(instant) ? instant : undefined;
});

const timeOfDayField = fieldOf("a time of the day such as '02:30'", (value) => {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(String(value)) ?? [];
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
});

const timeZoneField = fieldOf("a time zone such as 'Europe/Berlin'", (value) => {
  try {
    return typeof value === 'string' ? new ZonedTime(value) : undefined;
  } catch {
    return undefined;
  }
});

function fieldOf<T>(expected: string, read: (value: unknown) => T | undefined): Field<T> {
  return new option.Field<T>(expected, (value, path, issues: ConfigurationIssue[]) => {
    const result = read(value);
    if (result === undefined) issues.push({ path, value, expected });
    return result as T;
  });
}
