import type { Labels, TrackedAlert } from '../alert-state.ts';
import type { RouteSettings } from './delivery-options.ts';
import { type Pace, Thread, type ThreadOptions } from './thread.ts';

export interface GroupBookOptions {
  readonly route: RouteSettings;
  readonly maxGroups: number;
  readonly latest: ThreadOptions['latest'];
  readonly newId: ThreadOptions['newId'];
  /** How often a channel that wants the state is told it, in ms; `undefined` for others. */
  readonly repeatOf: (channel: string) => number | undefined;
  readonly onThread: (thread: Thread) => void;
  readonly onForgotten: (thread: Thread) => void;
}

/** Alerts of a route that are told together. */
export interface AlertGroup {
  readonly labels: Labels;
  readonly threads: Map<string, Thread>;
}

/** The groups of one route: at most so many, and one more that takes all alerts beyond. */
export class GroupBook {
  readonly #options: GroupBookOptions;
  readonly #groups = new Map<string, AlertGroup>();
  readonly #rest: AlertGroup = { labels: {}, threads: new Map() };

  constructor(options: GroupBookOptions) {
    this.#options = options;
  }

  groupOf(alert: TrackedAlert, nowMs: number): AlertGroup {
    const labels = groupLabelsOf(alert, this.#options.route.groupBy);
    const key = JSON.stringify(labels);
    const known = this.#groups.get(key);
    if (known) return known;
    if (this.#groups.size >= this.#options.maxGroups) this.#sweep(nowMs);
    if (this.#groups.size >= this.#options.maxGroups) return this.#rest;
    const group: AlertGroup = { labels, threads: new Map() };
    this.#groups.set(key, group);
    return group;
  }

  /** What one channel is told of the group at one level of escalation. */
  threadOf(group: AlertGroup, channel: string, level: number): Thread {
    const key = `${level} ${channel}`;
    const known = group.threads.get(key);
    if (known) return known;
    const { latest, newId, onThread } = this.#options;
    const pace = (): Pace => this.#pace(channel, level);
    const thread = new Thread({ channel, groupLabels: group.labels, level, pace, latest, newId });
    group.threads.set(key, thread);
    onThread(thread);
    return thread;
  }

  #pace(channel: string, level: number): Pace {
    const { groupWait, groupInterval, repeatInterval } = this.#options.route;
    const stateMs = this.#options.repeatOf(channel);
    // Who wants the state gathers the alerts in its own way.
    if (stateMs !== undefined) return { wantsState: true, waitMs: 0, intervalMs: 0, repeatMs: stateMs };
    return {
      wantsState: false,
      // What has waited for a level has waited enough.
      waitMs: level === 0 ? groupWait : 0,
      intervalMs: groupInterval,
      repeatMs: repeatInterval || Infinity,
    };
  }

  #sweep(nowMs: number): void {
    for (const [key, { threads }] of this.#groups) {
      if (![...threads.values()].every((thread) => thread.isIdle(nowMs))) continue;
      this.#groups.delete(key);
      for (const thread of threads.values()) this.#options.onForgotten(thread);
    }
  }
}

function groupLabelsOf(alert: TrackedAlert, groupBy: readonly string[]): Labels {
  const labels: Record<string, string> = {};
  for (const name of groupBy) {
    const value = Object.hasOwn(alert.labels, name) ? alert.labels[name] : ownOf(alert, name);
    // A computed name such as `__proto__` must not reach the prototype.
    Object.defineProperty(labels, name, {
      value: value ?? '',
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return labels;
}

function ownOf(alert: TrackedAlert, name: string): string | undefined {
  return name === 'name' || name === 'severity' ? alert[name] : undefined;
}
