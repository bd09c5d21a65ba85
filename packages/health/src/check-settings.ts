import { type Fields, option } from '@evenkeel/core';
import { HEALTH_KINDS, type HealthKind } from './check.ts';

/** The options of a check, read: times in ms. */
export interface CheckSettings {
  /** `undefined`: the checker's whole budget. */
  readonly timeout: number | undefined;
  readonly interval: number;
  readonly cacheFor: number;
  readonly cacheFailuresFor: number;
  readonly staleFor: number;
  readonly critical: boolean;
  readonly kind: HealthKind;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** What holds where neither the checker nor the registration says otherwise. */
export const INITIAL_SETTINGS: CheckSettings = {
  timeout: undefined,
  interval: 10_000,
  cacheFor: 0,
  cacheFailuresFor: 0,
  staleFor: 0,
  critical: true,
  kind: 'readiness',
  failureThreshold: 1,
  successThreshold: 1,
};

/* The damping remembers as many results as the larger threshold. */
const MAX_THRESHOLD = 100;

/** The rules for `HealthCheckOptions`, falling back on `defaults`. */
export function settingsFields(defaults: CheckSettings): Fields<CheckSettings> {
  const timeout = option.duration({ min: 1 });
  const threshold = option.integer({ min: 1, max: MAX_THRESHOLD });
  return {
    timeout: defaults.timeout === undefined ? timeout.optional() : timeout.default(defaults.timeout),
    interval: option.duration().default(defaults.interval),
    cacheFor: option.duration().default(defaults.cacheFor),
    cacheFailuresFor: option.duration().default(defaults.cacheFailuresFor),
    staleFor: option.duration().default(defaults.staleFor),
    critical: option.boolean().default(defaults.critical),
    kind: option.oneOf(HEALTH_KINDS).default(defaults.kind),
    failureThreshold: threshold.default(defaults.failureThreshold),
    successThreshold: threshold.default(defaults.successThreshold),
  };
}
