import {
  type Clock,
  ConfigurationError,
  type ConfigurationIssue,
  type Duration,
  type Meter,
  noopMeter,
  option,
  readOptions,
  systemClock,
} from '@evenkeel/core';
import type { ExecutionSettings } from './execution/executor.ts';
import { MAX_RETRIES, type RequestPlan } from './execution/request-options.ts';
import type { Judge } from './execution/verdict.ts';
import type { PickerOptions } from './picker.ts';
import { ROSTER_FIELDS, type RosterOptions, type RosterSettings } from './servers/roster-settings.ts';
import { LOAD_FACTOR } from './strategies/hash.ts';
import { STRATEGIES, type StrategyName } from './strategies/index.ts';

/** Options of `LoadBalancer`. All are optional. */
export interface LoadBalancerOptions extends RosterOptions {
  /** How a server is chosen. @defaultValue 'adaptive' */
  readonly strategy?: StrategyName;
  /**
   * With `hash`, a server with this many times its share of the requests in flight is passed over for the key's next
   * choice; 1 or more. @defaultValue 1.25
   */
  readonly loadFactor?: number;
  /** Time for each try of a request. @defaultValue '10s', or `deadline` where that is shorter */
  readonly timeout?: Duration;
  /** Time for all of a request, waiting included. @defaultValue '30s', or `timeout` where that is longer */
  readonly deadline?: Duration;
  /** Most tries of a request beyond the first, each on another server; 0 to 10. @defaultValue 2 */
  readonly retries?: number;
  /**
   * Most tries beyond the first ones, retries and hedges together, to requests, 0 to 1, over a second; a few more
   * where there is little traffic. @defaultValue 0.1
   */
  readonly retryBudget?: number;
  /** Whether a part of the requests is refused while the servers fail more than half of them. @defaultValue true */
  readonly throttle?: boolean;
  /**
   * Quantile of the recent latency, 0.5 to 0.999, after which an idempotent request is tried on a second server
   * beside the first; the faster one wins. @defaultValue none: no request is
   */
  readonly hedgeQuantile?: number;
  /** Most requests that wait while all servers have as much as they may. 0: none waits. @defaultValue 1000 */
  readonly queueLimit?: number;
  /** Tells what came of a try. @defaultValue what throws has failed, and was not sent where its code shows it */
  readonly judge?: Judge;
  /** Tells it from others in metrics and messages. @defaultValue 'default' */
  readonly name?: string;
  /** Where metrics go. @defaultValue nowhere */
  readonly meter?: Meter;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** {@link LoadBalancerOptions}, read: times in ms. */
export interface LoadBalancerSettings extends RosterSettings, ExecutionSettings {
  readonly choice: PickerOptions;
  /** What a request without options goes by. */
  readonly plan: RequestPlan;
  readonly meter: Meter;
}

/* As long as people wait for a page; and time for a first try and two more. */
const TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;

/** @throws ConfigurationError */
export function readLoadBalancerOptions(options: LoadBalancerOptions | undefined): LoadBalancerSettings {
  const read = readOptions('LoadBalancer', options, {
    ...ROSTER_FIELDS,
    strategy: option.oneOf(STRATEGIES).default('adaptive'),
    loadFactor: option.number({ min: 1 }).default(LOAD_FACTOR),
    timeout: option.duration({ min: 1 }).optional(),
    deadline: option.duration({ min: 1 }).optional(),
    retries: option.integer({ min: 0, max: MAX_RETRIES }).default(2),
    retryBudget: option.number({ min: 0, max: 1 }).default(0.1),
    throttle: option.boolean().default(true),
    hedgeQuantile: option.number({ min: 0.5, max: 0.999 }).optional(),
    queueLimit: option.integer({ min: 0 }).default(1000),
    judge: option.callback<Judge>().optional(),
    name: option.string().default('default'),
    meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
    clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    random: option.callback<() => number>().default(Math.random),
  });
  const { timeout, deadline, retries, judge, strategy, loadFactor, ...rest } = read;
  const deadlineMs = deadline ?? Math.max(DEADLINE_MS, timeout ?? 0);
  const timeoutMs = timeout ?? Math.min(TIMEOUT_MS, deadlineMs);
  const { hedgeQuantile, retryBudget } = read;
  const issues: ConfigurationIssue[] = [];
  if (timeoutMs > deadlineMs) {
    issues.push({ path: 'timeout', value: timeout, expected: `at most the deadline, ${deadlineMs} ms` });
  }
  if (hedgeQuantile !== undefined && (retries === 0 || retryBudget === 0)) {
    const none = retries === 0 ? 'retries' : 'retryBudget';
    const expected = `absent where ${none} is 0: a second try counts as one`;
    issues.push({ path: 'hedgeQuantile', value: hedgeQuantile, expected });
  }
  if (issues.length > 0) throw new ConfigurationError('LoadBalancer', issues);
  const plan: RequestPlan = {
    key: undefined,
    timeoutMs,
    deadlineMs,
    retries,
    idempotent: false,
    hedge: true,
    signal: undefined,
    judge,
  };
  return { ...rest, choice: { strategy, loadFactor, random: read.random }, plan };
}
