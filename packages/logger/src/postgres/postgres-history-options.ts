import { hostname } from 'node:os';
import {
  type Clock,
  ConfigurationError,
  type Duration,
  option,
  type Queryable,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import { TIER_STEPS } from '../history/reading-plan.ts';
import { storableText } from '../history/storable-record.ts';
import { tiersOf } from '../history/tiers.ts';

/** Options of {@link PostgresHistory}. */
export interface PostgresHistoryOptions {
  /** Names it among sinks. @defaultValue 'postgres' */
  readonly name?: string;
  /** The schema of its tables, created where it is missing: letters, digits and `_`. @defaultValue 'public' */
  readonly schema?: string;
  /** What the names of its tables begin with: letters, digits and `_`. @defaultValue 'evenkeel_history_' */
  readonly prefix?: string;
  /** Names this process in reports; processes may share a name. @defaultValue the host's name */
  readonly instance?: string;
  /** How long what is kept: ms or strings such as `'7d'`. None of the steps may be kept longer than the next. */
  readonly retention?: {
    /** Single values, which reports need not; 0 for none. @defaultValue '7d' */
    readonly points?: Duration;
    /** Steps of ten seconds. @defaultValue '1d' */
    readonly tenSeconds?: Duration;
    /** @defaultValue '14d' */
    readonly minutes?: Duration;
    /** @defaultValue '400d' */
    readonly hours?: Duration;
    /** Single events; how many there were is kept with the steps. @defaultValue '14d' */
    readonly events?: Duration;
    /** Single runs of benchmarks. @defaultValue '400d' */
    readonly benchmarks?: Duration;
  };
  /** Most metrics, event types and benchmarks in the database together. Records of further ones count as lost. @defaultValue 10,000 */
  readonly maxSeries?: number;
  /** How often roll-ups are brought up to date and old rows removed, by one of the instances. @defaultValue '1m' */
  readonly maintenanceInterval?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

const DAY_MS = 24 * 3_600_000;

const DEFAULT_RETENTION = {
  points: 7 * DAY_MS,
  tenSeconds: DAY_MS,
  minutes: 14 * DAY_MS,
  hours: 400 * DAY_MS,
  events: 14 * DAY_MS,
  benchmarks: 400 * DAY_MS,
};

const RETENTION = {
  points: option.duration().default(DEFAULT_RETENTION.points),
  tenSeconds: option.duration({ min: TIER_STEPS.tenSeconds }).default(DEFAULT_RETENTION.tenSeconds),
  minutes: option.duration({ min: TIER_STEPS.minutes }).default(DEFAULT_RETENTION.minutes),
  hours: option.duration({ min: TIER_STEPS.hours }).default(DEFAULT_RETENTION.hours),
  events: option.duration().default(DEFAULT_RETENTION.events),
  benchmarks: option.duration().default(DEFAULT_RETENTION.benchmarks),
};

/* PostgreSQL cuts names after 63 bytes, and its own names of indexes add some to ours. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,31}$/;

/**
 * Options, read, with their defaults; times in ms.
 *
 * @throws ConfigurationError
 */
export function readPostgresHistoryOptions(database: unknown, options: unknown) {
  const read = {
    database: readValue('postgresHistory', 'database', database, option.withMethods<Queryable>('query')),
    ...readOptions('postgresHistory', options, {
      name: option.string().default('postgres'),
      schema: option.string().default('public'),
      prefix: option.string().default('evenkeel_history_'),
      instance: option.string().default(hostname()),
      retention: option.object(RETENTION).default(DEFAULT_RETENTION),
      maxSeries: option.integer({ min: 1 }).default(10_000),
      maintenanceInterval: option.duration({ min: 1000 }).default(60_000),
      clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
    }),
  };
  const expected = 'at most 32 letters, digits and _, no digit first';
  const issues = (['schema', 'prefix'] as const)
    .filter((path) => !IDENTIFIER.test(read[path]))
    .map((path) => ({ path, value: read[path], expected }));
  if (issues.length > 0) throw new ConfigurationError('postgresHistory', issues);
  return {
    ...read,
    instance: storableText(read.instance),
    tiers: tiersOf('postgresHistory', read.retention),
  };
}
