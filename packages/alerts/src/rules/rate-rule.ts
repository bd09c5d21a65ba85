import { formatDuration, option } from '@evenkeel/core';
import { type Bounds, boundsFields, describeBounds, exceeds, readBounds } from './bounds.ts';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { Growth } from './growth.ts';
import { formatNumber } from './message-template.ts';
import { FIVE_MINUTES_MS, type RuleKind, WINDOW } from './rule-kind.ts';
import { SampledCourse } from './sampled-course.ts';

/* The beginning of the window is found to within a sixtieth of it. */
const STEPS = 60;
/* A slope over the first seconds of a window of hours says nothing. */
const LEAST_SPAN = 0.5;

interface RateSettings {
  readonly metric: string;
  readonly above: number | undefined;
  readonly below: number | undefined;
  readonly clear: number | undefined;
  readonly window: number;
  readonly per: number;
  readonly counter: boolean;
}

export const rateKind: RuleKind<RateSettings> = {
  fields: {
    metric: option.string(),
    ...boundsFields,
    window: WINDOW.default(FIVE_MINUTES_MS),
    per: option.duration({ min: 1 }).default(1000),
    counter: option.boolean().default(false),
  },
  plan(settings, issues) {
    const bounds = readBounds(settings, issues);
    return {
      metrics: [settings.metric],
      judgesAtOnce: true,
      forMs: settings.for,
      staleAfterMs: settings.staleAfter ?? Math.max(FIVE_MINUTES_MS, settings.window),
      severity: undefined,
      watchesUnseen: false,
      create: () => new RateCondition(settings, bounds),
    };
  },
};

class RateCondition implements Condition {
  readonly #settings: RateSettings;
  readonly #bounds: Bounds;
  readonly #course: SampledCourse;
  readonly #growth: Growth | undefined;

  constructor(settings: RateSettings, bounds: Bounds) {
    this.#settings = settings;
    this.#bounds = bounds;
    this.#course = new SampledCourse(settings.window, STEPS);
    this.#growth = settings.counter ? new Growth() : undefined;
  }

  observe(value: number, at: number): void {
    // The growth must not take a late value for a restart.
    if (at < (this.#course.newest?.at ?? at)) return;
    this.#growth?.add(value);
    this.#course.add(this.#growth?.total ?? value, at);
  }

  judge(now: number, isActive: boolean): Judgement {
    const { metric, window, per } = this.#settings;
    const begin = this.#course.at(now - window);
    const end = this.#course.newest;
    if (!begin || !end || end.at - begin.at < LEAST_SPAN * window) return UNKNOWN;
    const value = ((end.value - begin.value) / (end.at - begin.at)) * per;
    if (!exceeds(this.#bounds, value, isActive)) return CLEAR;
    const unit = ` per ${formatDuration(per)}`;
    const text = `${metric} changes by ${formatNumber(value)}${unit} over ${formatDuration(window)}, ${describeBounds(this.#bounds, unit)}`;
    return { kind: 'holds', value, threshold: this.#bounds.threshold, text };
  }
}
