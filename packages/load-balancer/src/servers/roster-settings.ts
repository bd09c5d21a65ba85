import { type Duration, type Fields, option } from '@evenkeel/core';
import {
  HEALTH_CHECK,
  type HealthCheckOptions,
  type HealthCheckSettings,
} from '../health/health-check-settings.ts';
import {
  OUTLIER_DETECTION,
  type OutlierDetectionOptions,
  type OutlierSettings,
} from '../health/outlier-settings.ts';

/** How servers come, stay and go. All are optional. */
export interface RosterOptions {
  /**
   * How long the share of a server grows that comes, or comes back, while others are at work. 0: it has its whole
   * share at once. @defaultValue '10s'
   */
  readonly slowStart?: Duration;
  /**
   * When less than this share of the servers is healthy, 0 to 1, all get traffic: so many can't be ill, or if they
   * are, the others can't do their work. 0: only the healthy get traffic, be it nobody. @defaultValue 0.5
   */
  readonly panicThreshold?: number;
  /** When a server is taken out because requests to it fail; `false`: never. */
  readonly outlierDetection?: OutlierDetectionOptions | false;
  /** How servers are asked whether they are well. @defaultValue only servers with a check of their own are */
  readonly healthCheck?: HealthCheckOptions;
  /** How long the requests of a server that is removed may take to end. @defaultValue '30s' */
  readonly drainTimeout?: Duration;
}

/** {@link RosterOptions}, read: times in ms. */
export interface RosterSettings {
  readonly slowStart: number;
  readonly panicThreshold: number;
  readonly outlierDetection: OutlierSettings | false;
  readonly healthCheck: HealthCheckSettings;
  readonly drainTimeout: number;
}

/** The rules for {@link RosterOptions}. */
export const ROSTER_FIELDS: Fields<RosterSettings> = {
  // Long enough for a pool of connections and a just-in-time compiler, short beside the time a deployment takes.
  slowStart: option.duration().default(10_000),
  panicThreshold: option.number({ min: 0, max: 1 }).default(0.5),
  outlierDetection: OUTLIER_DETECTION,
  healthCheck: HEALTH_CHECK,
  drainTimeout: option.duration().default(30_000),
};
