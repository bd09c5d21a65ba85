import { type ConfigurationIssue, type Field, formatDuration, option } from '@evenkeel/core';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { Growth } from './growth.ts';
import { formatNumber } from './message-template.ts';
import type { ServiceLevelIndicator } from './rule.ts';
import { FIVE_MINUTES_MS, type RuleKind, WINDOW } from './rule-kind.ts';
import { SampledCourse } from './sampled-course.ts';

/* Parts of a short window: its edges are found to within a tenth of it. */
const STEPS_OF_SHORT = 10;
/* Bounds the memory of a label set: 2 × 8 bytes × 10 × this, for each pair and counter. */
const MAX_LONG_TO_SHORT = 100;
const MAX_WINDOWS = 8;

interface BurnWindow {
  readonly long: number;
  readonly short: number;
  readonly factor: number;
}

/* What the workbook recommends for pages: 2 % of the budget of 30 days in an hour, 5 % in six. */
const WINDOWS: readonly BurnWindow[] = [
  { long: 3_600_000, short: 300_000, factor: 14.4 },
  { long: 21_600_000, short: 1_800_000, factor: 6 },
];

interface BurnRateSettings {
  readonly objective: number;
  readonly indicator: ServiceLevelIndicator;
  readonly windows: readonly BurnWindow[];
  readonly minEvents: number;
}

const INDICATOR = '{ good, total }, { errors, total } or { errorRatio }, each the name of a metric';

const indicatorField: Field<ServiceLevelIndicator> = new option.Field<ServiceLevelIndicator>(
  INDICATOR,
  (value, path, issues) => {
    const given = typeof value === 'object' && value !== null ? value : {};
    const keys = Object.keys(given).sort().join();
    const isKnown = ['good,total', 'errors,total', 'errorRatio'].includes(keys);
    if (!isKnown || !Object.values(given).every((name) => typeof name === 'string' && name !== '')) {
      issues.push({ path, value, expected: INDICATOR });
    }
    return { ...given } as ServiceLevelIndicator;
  },
);

export const burnRateKind: RuleKind<BurnRateSettings> = {
  fields: {
    objective: option.number({ min: 0, max: 1 }),
    indicator: indicatorField,
    windows: option
      .listOf(option.object<BurnWindow>({ long: WINDOW, short: WINDOW, factor: option.number({ min: 0 }) }))
      .default(WINDOWS),
    minEvents: option.number({ min: 1 }).default(10),
  },
  plan(settings, issues) {
    const { objective, indicator, windows } = settings;
    if (objective >= 1)
      issues.push({ path: 'objective', value: objective, expected: 'below 1: there is no budget' });
    checkWindows(windows, issues);
    return {
      metrics: Object.values(indicator),
      // Between the counts of good ones and of all, the error ratio is a fiction.
      judgesAtOnce: false,
      forMs: settings.for,
      staleAfterMs: settings.staleAfter ?? Math.max(FIVE_MINUTES_MS, ...windows.map(({ long }) => long)),
      severity: 'critical',
      watchesUnseen: false,
      create: () => new BurnRateCondition(settings),
    };
  },
};

function checkWindows(windows: readonly BurnWindow[], issues: ConfigurationIssue[]): void {
  if (windows.length === 0 || windows.length > MAX_WINDOWS)
    issues.push({ path: 'windows', value: windows, expected: `a list of 1 to ${MAX_WINDOWS} pairs` });
  for (const [index, { long, short, factor }] of windows.entries()) {
    if (short >= long || long > MAX_LONG_TO_SHORT * short) {
      const expected = `shorter than \`long\`, and at least a ${MAX_LONG_TO_SHORT}th of it`;
      issues.push({ path: `windows[${index}].short`, value: short, expected });
    }
    if (factor <= 0) issues.push({ path: `windows[${index}].factor`, value: factor, expected: 'above 0' });
  }
}

/** The events of a pair of windows, as running totals. */
interface Courses {
  readonly window: BurnWindow;
  readonly errors: SampledCourse;
  readonly events: SampledCourse;
}

/** The error budget of one label set. */
class BurnRateCondition implements Condition {
  readonly #settings: BurnRateSettings;
  readonly #events: EventCount;
  readonly #courses: readonly Courses[];

  constructor(settings: BurnRateSettings) {
    this.#settings = settings;
    this.#events = eventCount(settings.indicator);
    this.#courses = settings.windows.map((window) => {
      const steps = Math.ceil((window.long / window.short) * STEPS_OF_SHORT);
      const course = (): SampledCourse => new SampledCourse(window.long, steps);
      return { window, errors: course(), events: course() };
    });
  }

  observe(value: number, at: number, metric: string): void {
    if (!this.#events.observe(value, metric)) return;
    for (const { errors, events } of this.#courses) {
      errors.add(this.#events.errors, at);
      events.add(this.#events.events, at);
    }
  }

  judge(now: number): Judgement {
    const budget = 1 - this.#settings.objective;
    let isKnown = false;
    for (const courses of this.#courses) {
      const { long, short, factor } = courses.window;
      const slow = this.#errorRatio(courses, now - long, this.#settings.minEvents);
      const fast = this.#errorRatio(courses, now - short, 1);
      if (slow === undefined) continue;
      isKnown = true;
      if (slow < factor * budget || (fast ?? 0) < factor * budget) continue;
      const value = slow / budget;
      return {
        kind: 'holds',
        value,
        threshold: factor,
        text: `the error budget of ${formatNumber(100 * this.#settings.objective)} % is spent ${formatNumber(value)} times too fast over ${formatDuration(long)}, at or above ${formatNumber(factor)}`,
        evidence: {
          objective: this.#settings.objective,
          errorRatio: slow,
          windowMs: long,
          shortErrorRatio: fast,
          shortWindowMs: short,
        },
      };
    }
    return isKnown ? CLEAR : UNKNOWN;
  }

  /** Over what was observed since a time; `undefined` for fewer events than that. */
  #errorRatio({ errors, events }: Courses, from: number, least: number): number | undefined {
    const total = (events.newest?.value ?? 0) - (events.at(from)?.value ?? 0);
    if (total < least) return undefined;
    const failed = (errors.newest?.value ?? 0) - (errors.at(from)?.value ?? 0);
    // Counts of good events that run ahead of the total would make it negative.
    return Math.min(1, Math.max(0, failed / total));
  }
}

/** How many events there were and how many of them failed. */
interface EventCount {
  readonly events: number;
  readonly errors: number;
  /** Says whether the counts belong together as they are now. */
  observe(value: number, metric: string): boolean;
}

function eventCount(indicator: ServiceLevelIndicator): EventCount {
  if ('errorRatio' in indicator) return new RatioCount();
  return 'good' in indicator ? new GoodCount(indicator) : new ErrorCount(indicator);
}

/** Each observation is an event of which a part failed. */
class RatioCount implements EventCount {
  events = 0;
  errors = 0;

  observe(ratio: number): boolean {
    this.events += 1;
    this.errors += Math.min(1, Math.max(0, ratio));
    return true;
  }
}

/** Two counters that are read one after the other: the totals count once both were. */
class GoodCount implements EventCount {
  readonly #indicator: { readonly good: string; readonly total: string };
  readonly #good = new Growth();
  readonly #total = new Growth();
  #hasGood = false;
  #hasTotal = false;
  events = 0;
  errors = 0;

  constructor(indicator: { readonly good: string; readonly total: string }) {
    this.#indicator = indicator;
  }

  observe(value: number, metric: string): boolean {
    if (metric === this.#indicator.good) {
      this.#good.add(value);
      this.#hasGood = true;
    }
    if (metric === this.#indicator.total) {
      this.#total.add(value);
      this.#hasTotal = true;
    }
    if (!this.#hasGood || !this.#hasTotal) return false;
    this.#hasGood = false;
    this.#hasTotal = false;
    this.events = this.#total.total;
    this.errors = Math.max(0, this.#total.total - this.#good.total);
    return true;
  }
}

/** Errors may not be counted before there is one: then it grows from 0. */
class ErrorCount implements EventCount {
  readonly #indicator: { readonly errors: string; readonly total: string };
  readonly #errors = new Growth();
  readonly #total = new Growth();
  #hasErrors = false;
  #totals = 0;

  constructor(indicator: { readonly errors: string; readonly total: string }) {
    this.#indicator = indicator;
  }

  get events(): number {
    return this.#total.total;
  }

  get errors(): number {
    return this.#errors.total;
  }

  observe(value: number, metric: string): boolean {
    if (metric === this.#indicator.errors) {
      // Absent from a whole reading before, it has begun since.
      if (!this.#hasErrors && this.#totals > 1) this.#errors.add(0);
      this.#hasErrors = true;
      this.#errors.add(value);
    }
    if (metric === this.#indicator.total) {
      this.#totals += 1;
      this.#total.add(value);
    }
    return true;
  }
}
