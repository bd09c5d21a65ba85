import {
  ConfigurationError,
  type ConfigurationIssue,
  type Duration,
  type Fields,
  option,
  readOptions,
  type Severity,
} from '@evenkeel/core';
import { type Matchers, matchersField } from '../labels/matchers.ts';
import type { MessageTemplates } from '../templates/write-message.ts';

/** How alerts are gathered into messages. */
export interface GroupingOptions {
  /**
   * Alerts that are equal in these labels go into one message; `name` and `severity` are those of the alert.
   * @defaultValue ['name']
   */
  readonly groupBy?: readonly string[];
  /** How long the first message about a group waits for more alerts. @defaultValue '10s' */
  readonly groupWait?: Duration;
  /** At least this much between two messages with news of a group. @defaultValue '5m' */
  readonly groupInterval?: Duration;
  /**
   * After how long people are reminded of alerts that still fire and that nobody has acknowledged; 0 for never.
   * @defaultValue '4h'
   */
  readonly repeatInterval?: Duration;
  /** Who else is told when nobody acknowledges an alert, by time. @defaultValue nobody */
  readonly escalation?: readonly EscalationLevel[];
}

/** One level of escalation. */
export interface EscalationLevel {
  /** Since the alert began to fire; greater than that of the level before. */
  readonly after: Duration;
  /** Names of channels. */
  readonly channels: readonly string[];
}

/** Which alerts go where. What it leaves open is as in {@link DeliveryOptions}. */
export interface RouteOptions extends GroupingOptions {
  /** @defaultValue all alerts */
  readonly matchers?: Matchers;
  /** The least severity. @defaultValue 'info' */
  readonly severity?: Severity;
  /** Names of channels. @defaultValue all that no escalation names */
  readonly channels?: readonly string[];
  /** Whether the routes after it are looked at too. @defaultValue false */
  readonly continue?: boolean;
}

/** How messages are sent. */
export interface DeliveryOptions extends GroupingOptions {
  /** The first one that matches an alert counts. @defaultValue one for all alerts and all channels */
  readonly routes?: readonly RouteOptions[];
  /** Own words for messages. @defaultValue built-in words */
  readonly templates?: MessageTemplates;
  /** How long one try may take. @defaultValue '10s' */
  readonly timeout?: Duration;
  /** The shortest wait before the next try; it grows at random up to `retryLongest`. @defaultValue '1s' */
  readonly retryFirst?: Duration;
  /** @defaultValue '5m' */
  readonly retryLongest?: Duration;
  /** When a message that can't be sent is given up and becomes a dead letter. @defaultValue '1h' */
  readonly deadline?: Duration;
  /**
   * Messages per minute and channel, after as many at once; what waits longer gathers more news. Channels that are
   * told the state again and again, such as Alertmanager, are not limited. @defaultValue 30
   */
  readonly messagesPerMinute?: number;
  /** Groups of a route; alerts of further ones share one message. @defaultValue 100 */
  readonly maxGroups?: number;
  /** Reports that wait for one channel; further ones become dead letters at once. @defaultValue 100 */
  readonly maxReports?: number;
  /** How long a message waits to be saved before it is sent; while the store fails, none waits. @defaultValue '2s' */
  readonly storeTimeout?: Duration;
  /** How long `stop()` goes on sending. @defaultValue '5s' */
  readonly stopTimeout?: Duration;
}

/** A route with nothing left open but the channels. Times in ms. */
export interface RouteSettings {
  readonly matchers: Matchers;
  readonly severity: Severity;
  readonly channels: readonly string[] | undefined;
  readonly continue: boolean;
  readonly groupBy: readonly string[];
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  readonly escalation: readonly { readonly after: number; readonly channels: readonly string[] }[];
}

/** The options with nothing left open. Times in ms. */
export interface DeliverySettings {
  readonly routes: readonly RouteSettings[];
  readonly templates: MessageTemplates;
  readonly timeout: number;
  readonly retryFirst: number;
  readonly retryLongest: number;
  readonly deadline: number;
  readonly messagesPerMinute: number;
  readonly maxGroups: number;
  readonly maxReports: number;
  readonly storeTimeout: number;
  readonly stopTimeout: number;
}

/** @throws ConfigurationError that names each fault */
export function readDeliveryOptions(options: DeliveryOptions = {}): DeliverySettings {
  const { routes, groupBy, groupWait, groupInterval, repeatInterval, escalation, ...rest } = readOptions(
    'DeliveryOptions',
    options,
    FIELDS,
  );
  // Levels in one order, so that each is reached once.
  const issues = [
    ...checkOrder(escalation, 'escalation'),
    ...(routes ?? []).flatMap((route, index) => checkOrder(route.escalation, `routes[${index}].escalation`)),
  ];
  if (rest.retryLongest < rest.retryFirst)
    issues.push({ path: 'retryLongest', value: rest.retryLongest, expected: 'no less than retryFirst' });
  if (issues.length > 0) throw new ConfigurationError('DeliveryOptions', issues);
  const all: GivenRoute = {
    matchers: undefined,
    severity: undefined,
    channels: undefined,
    continue: undefined,
    groupBy: undefined,
    groupWait: undefined,
    groupInterval: undefined,
    repeatInterval: undefined,
    escalation: undefined,
  };
  return {
    ...rest,
    routes: (routes ?? [all]).map((route) => ({
      matchers: route.matchers ?? {},
      severity: route.severity ?? 'info',
      channels: route.channels,
      continue: route.continue ?? false,
      groupBy: route.groupBy ?? groupBy ?? ['name'],
      groupWait: route.groupWait ?? groupWait ?? 10_000,
      groupInterval: route.groupInterval ?? groupInterval ?? 300_000,
      repeatInterval: route.repeatInterval ?? repeatInterval ?? 14_400_000,
      escalation: route.escalation ?? escalation ?? [],
    })),
  };
}

/** Channels that routes and escalations name, each once. */
export function namedChannels({ routes = [], escalation = [] }: DeliveryOptions): readonly string[] {
  const levels = [...escalation, ...routes.flatMap((route) => route.escalation ?? [])];
  const names = [...routes, ...levels].flatMap(({ channels = [] }) => channels);
  return [...new Set(names)];
}

interface GivenGrouping {
  readonly groupBy: readonly string[] | undefined;
  readonly groupWait: number | undefined;
  readonly groupInterval: number | undefined;
  readonly repeatInterval: number | undefined;
  readonly escalation: RouteSettings['escalation'] | undefined;
}

interface GivenRoute extends GivenGrouping {
  readonly matchers: Matchers | undefined;
  readonly severity: Severity | undefined;
  readonly channels: readonly string[] | undefined;
  readonly continue: boolean | undefined;
}

const names = option.listOf(option.string());

const levels = option.listOf(
  option.object<RouteSettings['escalation'][number]>({ after: option.duration({ min: 1 }), channels: names }),
);

const GROUPING: Fields<GivenGrouping> = {
  groupBy: names.optional(),
  groupWait: option.duration().optional(),
  groupInterval: option.duration().optional(),
  repeatInterval: option.duration().optional(),
  escalation: levels.optional(),
};

const FIELDS: Fields<
  GivenGrouping & Omit<DeliverySettings, 'routes'> & { routes: readonly GivenRoute[] | undefined }
> = {
  ...GROUPING,
  routes: option
    .listOf(
      option.object<GivenRoute>({
        ...GROUPING,
        matchers: matchersField.optional(),
        severity: option.oneOf(['info', 'warning', 'critical']).optional(),
        channels: names.optional(),
        continue: option.boolean().optional(),
      }),
    )
    .optional(),
  templates: option
    .object<MessageTemplates>({
      subject: option.callback<NonNullable<MessageTemplates['subject']>>().optional(),
      text: option.callback<NonNullable<MessageTemplates['text']>>().optional(),
    } as Fields<MessageTemplates>)
    .default({}),
  timeout: option.duration({ min: 1 }).default(10_000),
  retryFirst: option.duration({ min: 1 }).default(1000),
  retryLongest: option.duration({ min: 1 }).default(300_000),
  deadline: option.duration({ min: 1 }).default(3_600_000),
  messagesPerMinute: option.number({ min: 0.01 }).default(30),
  maxGroups: option.integer({ min: 1 }).default(100),
  maxReports: option.integer({ min: 1 }).default(100),
  storeTimeout: option.duration({ min: 1 }).default(2000),
  stopTimeout: option.duration().default(5000),
};

function checkOrder(
  escalation: RouteSettings['escalation'] | undefined,
  path: string,
): readonly ConfigurationIssue[] {
  return (escalation ?? []).flatMap(({ after }, index) => {
    const before = escalation?.[index - 1]?.after ?? 0;
    const expected = 'longer than that of the level before';
    return after > before ? [] : [{ path: `${path}[${index}].after`, value: after, expected }];
  });
}
