import { formatDuration, type Recommendation } from '@evenkeel/core';
import type { TrackedAlert } from './alert-state.ts';
import type { AlertStats } from './alert-stats.ts';
import type { RuleStatus } from './engine/alert-engine.ts';

/** What advice is made of. */
export interface AdviceInput {
  /** In ms since 1970. */
  readonly wallNow: number;
  /** Since it was started. */
  readonly runningMs: number;
  readonly alerts: readonly TrackedAlert[];
  readonly rules: readonly RuleStatus[];
  readonly stats: AlertStats;
  readonly channels: readonly string[];
  /** Channels that routes and escalations name. */
  readonly named: readonly string[];
  /** Channels whose last try has failed, with why. */
  readonly failing: ReadonlyMap<string, string>;
}

/* By then whoever is to take it over has seen it. */
const UNACKNOWLEDGED_MS = 3_600_000;
/* Most metrics are observed every minute at least. */
const UNSEEN_MS = 600_000;
/* A list of advice is to be read. */
const MAX_EACH = 10;

type Advice = Pick<Recommendation, 'id' | 'priority' | 'message' | 'evidence'>;

/** What to do about alerts that nobody hears, or that say nothing. */
export function adviceOf(input: AdviceInput): readonly Recommendation[] {
  const all = [
    ...aboutChannels(input),
    ...aboutAlerts(input),
    ...aboutRules(input),
    ...aboutLimits(input.stats),
  ];
  return all.map((advice) => ({ ...advice, component: 'alerts', automated: false }));
}

function aboutChannels({ channels, named, failing, alerts }: AdviceInput): readonly Advice[] {
  if (channels.length === 0 && alerts.some(({ state }) => state === 'firing')) {
    const message = 'Add a channel: alerts fire, and nobody is told.';
    return [{ id: 'alerts:no-channel', priority: 'high', message, evidence: { firing: alerts.length } }];
  }
  const missing = named.filter((name) => !channels.includes(name)).slice(0, MAX_EACH);
  const absent = missing.map((channel): Advice => {
    const message = `Add the channel ${JSON.stringify(channel)}, or mend the route that names it: what goes there waits.`;
    return { id: `alerts:no-channel:${channel}`, priority: 'high', message, evidence: { channel, channels } };
  });
  const broken = [...failing].slice(0, MAX_EACH).map(
    ([channel, error]): Advice => ({
      id: `alerts:channel:${channel}`,
      priority: failing.size === channels.length ? 'critical' : 'high',
      message: `Mend the channel ${JSON.stringify(channel)}, which takes no messages: ${error}`,
      evidence: { channel, error },
    }),
  );
  return [...absent, ...broken];
}

function aboutAlerts({ alerts, wallNow }: AdviceInput): readonly Advice[] {
  const flapping = alerts.filter(({ isFlapping }) => isFlapping).slice(0, MAX_EACH);
  const forgotten = alerts
    .filter(({ severity, firedAt = wallNow, acknowledgedBy, silencedBy, state }) => {
      const isOpen = state === 'firing' && acknowledgedBy === undefined && silencedBy.length === 0;
      return isOpen && severity === 'critical' && wallNow - firedAt >= UNACKNOWLEDGED_MS;
    })
    .slice(0, MAX_EACH);
  return [
    ...flapping.map(
      ({ id, name, rule, count }): Advice => ({
        id: `alerts:flapping:${id}`,
        priority: 'medium',
        message:
          rule === undefined
            ? `Raise ${JSON.stringify(name)} only when it lasts: it comes and goes.`
            : `Give the rule ${JSON.stringify(rule)} a hysteresis (\`clear\`) or a longer \`for\` or \`keepFiringFor\`: its alert comes and goes.`,
        evidence: { alert: id, raised: count },
      }),
    ),
    ...forgotten.map(
      ({ id, message, firedAt = wallNow }): Advice => ({
        id: `alerts:unacknowledged:${id}`,
        priority: 'critical',
        message: `Take over, or silence, a critical alert that nobody has acknowledged for ${formatDuration(wallNow - firedAt)}: ${message}`,
        evidence: { alert: id, firedAt },
      }),
    ),
  ];
}

function aboutRules({ rules, runningMs }: AdviceInput): readonly Advice[] {
  if (runningMs < UNSEEN_MS) return [];
  return rules
    .filter(({ wasSeen, kind }) => !wasSeen && kind !== 'absence')
    .slice(0, MAX_EACH)
    .map(({ name }) => ({
      id: `alerts:unseen:${name}`,
      priority: 'medium',
      message: `Look into the rule ${JSON.stringify(name)}: nothing that it looks at was observed for ${formatDuration(runningMs)}. Is its metric spelt right, and do its matchers match?`,
      evidence: { rule: name, runningMs },
    }));
}

function aboutLimits({ refused, droppedObservations, series }: AlertStats): readonly Advice[] {
  const advice: Advice[] = [];
  if (refused > 0) {
    const message = 'Raise fewer alerts, with fewer labels, or raise `maxAlerts`: some found no place.';
    advice.push({ id: 'alerts:refused', priority: 'high', message, evidence: { refused } });
  }
  if (droppedObservations > 0) {
    const message =
      'Observe with fewer labels, or raise `maxSeries`: rules could not look at all label sets.';
    advice.push({
      id: 'alerts:series',
      priority: 'medium',
      message,
      evidence: { series, droppedObservations },
    });
  }
  return advice;
}
