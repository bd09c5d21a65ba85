import { option } from '@evenkeel/core';
import { compileMatchers } from '../labels/matchers.ts';
import { CLEAR, type Condition, type Judgement, UNKNOWN } from './condition.ts';
import { DAY_MS, type RuleKind } from './rule-kind.ts';

/** What `observeHealth` takes. */
export type ObservedHealth = 'healthy' | 'warning' | 'critical' | 'unknown';

/* No metric that anybody observes is called so. */
export const HEALTH_METRIC = '\u0000health';

/** How bad a status is; `unknown` says nothing. */
const GRAVITY: Readonly<Record<ObservedHealth, number>> = {
  healthy: 0,
  warning: 1,
  critical: 2,
  unknown: Number.NaN,
};

export const OBSERVED_HEALTH = Object.keys(GRAVITY) as readonly ObservedHealth[];

/** A status as an observation. */
export function gravityOf(status: ObservedHealth): number {
  return GRAVITY[status];
}

interface HealthSettings {
  readonly check: string;
  readonly status: 'warning' | 'critical';
}

export const healthKind: RuleKind<HealthSettings> = {
  fields: {
    check: option.string().default('*'),
    status: option.oneOf(['warning', 'critical']).default('critical'),
  },
  plan({ check, status, for: forMs, staleAfter }) {
    const isMeant = compileMatchers({ check });
    return {
      metrics: [HEALTH_METRIC],
      judgesAtOnce: true,
      forMs,
      // A status holds until there is another one: some hosts only tell of changes.
      staleAfterMs: staleAfter ?? DAY_MS,
      severity: undefined,
      watchesUnseen: false,
      create: ({ labels }) => new HealthCondition(labels.check ?? '', GRAVITY[status], isMeant(labels)),
    };
  },
};

class HealthCondition implements Condition {
  readonly #check: string;
  readonly #least: number;
  readonly #isMeant: boolean;
  #gravity = Number.NaN;
  #message: string | undefined;

  constructor(check: string, least: number, isMeant: boolean) {
    this.#check = check;
    this.#least = least;
    this.#isMeant = isMeant;
  }

  observe(gravity: number, _at: number, _metric: string, message?: string): void {
    this.#gravity = gravity;
    this.#message = message;
  }

  judge(): Judgement {
    if (!this.#isMeant || Number.isNaN(this.#gravity)) return UNKNOWN;
    if (this.#gravity < this.#least) return CLEAR;
    const severity = this.#gravity === GRAVITY.critical ? 'critical' : 'warning';
    const reason = this.#message ? `: ${this.#message}` : '';
    return {
      kind: 'holds',
      value: this.#gravity,
      text: `health check ${this.#check} is ${severity}${reason}`,
      severity,
    };
  }
}
