import {
  type Clock,
  type ConfigurationIssue,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { Channel } from './channels/channel.ts';
import type { DeliveryOptions } from './delivery/delivery-options.ts';
import type { FlapSettings } from './engine/flap-score.ts';
import type { Rule } from './rules/rule.ts';
import type { MaintenanceWindow } from './silences/maintenance-window.ts';
import type { AlertStore } from './store/alert-store.ts';

/** When an alert counts as flapping. */
export interface FlappingOptions {
  /** Changes of state in quick succession. @defaultValue 6 */
  readonly changes?: number;
  /** In which a change loses half of its weight. @defaultValue '5m' */
  readonly halfLife?: Duration;
}

/** Options of `AlertManager`. All are optional. */
export interface AlertManagerOptions {
  /** Where alerts are told. @defaultValue none */
  readonly channels?: readonly Channel[];
  /** @defaultValue none */
  readonly rules?: readonly Rule[];
  /** @defaultValue none */
  readonly maintenance?: readonly MaintenanceWindow[];
  /** Grouping, routes, escalation, retries. @defaultValue see DeliveryOptions */
  readonly delivery?: DeliveryOptions;
  /** What survives a restart. @defaultValue in memory: nothing does */
  readonly store?: AlertStore;
  /** How often rules are judged as time passes; thresholds on latest values also at once. @defaultValue '5s' */
  readonly evaluationInterval?: Duration;
  /** Alerts that are tracked at once; those beyond are counted, and one alert tells of them. @defaultValue 10000 */
  readonly maxAlerts?: number;
  /** Label sets that all rules together remember; observations of those beyond are counted. @defaultValue 10000 */
  readonly maxSeries?: number;
  /** `false`: nothing counts as flapping. @defaultValue 6 changes, half-life 5m */
  readonly flapping?: FlappingOptions | false;
  /** An alert that was raised directly, and not again for so long, is resolved. @defaultValue '1d' */
  readonly resolveAfter?: Duration;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Where the metrics go. @defaultValue noopMeter */
  readonly meter?: Meter;
  /** Source of the jitter between tries, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link AlertManagerOptions}, read: times in ms. */
export interface AlertManagerSettings {
  readonly channels: readonly Channel[];
  readonly rules: readonly Rule[];
  readonly maintenance: readonly MaintenanceWindow[];
  readonly delivery: DeliveryOptions;
  readonly store: AlertStore | undefined;
  readonly evaluationInterval: number;
  readonly maxAlerts: number;
  readonly maxSeries: number;
  readonly flapping: FlapSettings | undefined;
  readonly resolveAfter: number;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly random: () => number;
}

/* An alert takes about a kilobyte, with its evidence some more. */
const MAX_ALERTS = 1_000_000;
const MAX_SERIES = 1_000_000;

const flapSettings = option.object<{ readonly changes: number; readonly halfLife: number }>({
  changes: option.number({ min: 2, max: 1000 }).default(6),
  halfLife: option.duration({ min: 1000 }).default(300_000),
});

const flappingField = new option.Field<FlapSettings | undefined>(
  `false or ${flapSettings.expected}`,
  (value, path, issues: ConfigurationIssue[]) => {
    if (value === false) return undefined;
    const { changes, halfLife } = flapSettings.read(value === undefined ? {} : value, path, issues);
    return { changes, halfLifeMs: halfLife };
  },
);

/** @throws ConfigurationError */
export function readAlertManagerOptions(options: AlertManagerOptions): AlertManagerSettings {
  return readOptions<AlertManagerSettings>('AlertManager', options, {
    // Each is read by who uses it.
    channels: option.listOf(option.withMethods<Channel>('send')).default([]),
    rules: option.listOf(option.withMethods<Rule>()).default([]),
    maintenance: option.listOf(option.withMethods<MaintenanceWindow>()).default([]),
    delivery: option.withMethods<DeliveryOptions>().default({}),
    store: option.withMethods<AlertStore>('load', 'save', 'history', 'deadLetters').optional(),
    evaluationInterval: option.duration({ min: 10 }).default(5000),
    maxAlerts: option.integer({ min: 1, max: MAX_ALERTS }).default(10_000),
    maxSeries: option.integer({ min: 1, max: MAX_SERIES }).default(10_000),
    flapping: flappingField,
    resolveAfter: option.duration({ min: 1 }).default(86_400_000),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    random: option.callback<() => number>().default(Math.random),
  });
}
