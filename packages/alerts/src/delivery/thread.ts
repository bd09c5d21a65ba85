import type { Severity } from '@evenkeel/core';
import type { Labels, TrackedAlert } from '../alert-state.ts';
import { MAX_ALERTS_IN_MESSAGE } from '../channels/channel.ts';
import type { MessageDraft } from '../templates/default-words.ts';
import { selectAlerts } from './select-alerts.ts';
import { rankOf } from './severity-rank.ts';

/** When a channel is told. Times in ms. */
export interface Pace {
  /** The channel wants the state of each alert rather than a summary of the group. */
  readonly wantsState: boolean;
  /** From the first news to the message. */
  readonly waitMs: number;
  /** Between two messages. */
  readonly intervalMs: number;
  /** `Infinity` for never. */
  readonly repeatMs: number;
}

export interface ThreadOptions {
  readonly channel: string;
  readonly groupLabels: Labels;
  /** Level of escalation. */
  readonly level: number;
  /** It depends on the channel, which may come later than the thread. */
  readonly pace: () => Pace;
  /** An alert as it is now, while it fires. */
  readonly latest: (id: string) => TrackedAlert | undefined;
  readonly newId: () => string;
}

/** What one message is to carry. */
export interface ThreadMessage {
  readonly draft: MessageDraft;
  /** Changes of alerts in it. */
  readonly changes: number;
}

interface News {
  readonly alert: TrackedAlert;
  readonly changes: number;
  /** As how grave the alert was told by the messages before. */
  readonly before: Severity | undefined;
}

/**
 * What one channel is told of one group of alerts, message after message. News gather until the next message is due,
 * and longer where the channel is slow or away: then they become one message all the same. Times are monotonic, in ms.
 */
export class Thread {
  readonly #options: ThreadOptions;
  /** By alert that fires: as how grave it was told, or is about to be. */
  readonly #told = new Map<string, Severity>();
  readonly #news = new Map<string, News>();
  #newsSinceMs = 0;
  #gravest = 0;
  #changes = 0;
  #sealedMs = -Infinity;
  /* When it was last considered whether people need to be reminded. */
  #remindedMs = -Infinity;
  #messageId: string;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.#messageId = options.newId();
  }

  get channel(): string {
    return this.#options.channel;
  }

  get level(): number {
    return this.#options.level;
  }

  /** Id of the message that is being gathered. */
  get messageId(): string {
    return this.#messageId;
  }

  /** Messages of one lane are sent in order. */
  get lane(): string {
    return laneOf(this.#options.level, this.#options.groupLabels);
  }

  /** Changes that are in no message yet. */
  get changes(): number {
    return this.#changes;
  }

  get hasNews(): boolean {
    return this.#news.size > 0;
  }

  /** Rank of the gravest news. */
  get gravest(): number {
    return this.#gravest;
  }

  /** As how grave an alert that fires was told, or is about to be. */
  toldAs(id: string): Severity | undefined {
    return this.#told.get(id);
  }

  /** Whether a change of an alert that fires is worth a message: it was not told, or not as this grave. */
  isNews(alert: TrackedAlert): boolean {
    const told = this.#told.get(alert.id);
    return told === undefined || rankOf(alert.severity) > rankOf(told);
  }

  /** Takes charge of one change. */
  add(alert: TrackedAlert, nowMs: number): void {
    this.#addNews(alert, 1, nowMs);
    if (alert.state === 'resolved') this.#told.delete(alert.id);
    else this.#told.set(alert.id, alert.severity);
  }

  /** Goes on after a restart with an alert that fires and was told before. */
  resume(alert: TrackedAlert, toldAs: Severity, nowMs: number): void {
    this.#told.set(alert.id, toldAs);
    this.#remindedMs = nowMs;
    if (this.#options.pace().wantsState) this.#addNews(alert, 0, nowMs);
  }

  /** Takes back what is in no message yet of an alert that is silenced now; gives how many changes that was, if any. */
  withdraw(id: string): number | undefined {
    const news = this.#news.get(id);
    if (!news || news.alert.state === 'resolved') return undefined;
    this.#news.delete(id);
    if (news.before) this.#told.set(id, news.before);
    else this.#told.delete(id);
    this.#changes -= news.changes;
    return news.changes;
  }

  /** When the next message is due; `Infinity` where nothing is to be told. */
  dueMs(): number {
    const { waitMs, intervalMs, repeatMs } = this.#options.pace();
    if (this.hasNews) return Math.max(this.#newsSinceMs + waitMs, this.#sealedMs + intervalMs);
    return this.#told.size > 0 ? Math.max(this.#sealedMs, this.#remindedMs) + repeatMs : Infinity;
  }

  /** Whether it can be forgotten: nothing fires, and a new message would not come too soon after the last. */
  isIdle(nowMs: number): boolean {
    return (
      this.#told.size === 0 && !this.hasNews && nowMs >= this.#sealedMs + this.#options.pace().intervalMs
    );
  }

  /**
   * All that is to be told, as one message: what is kept, in case that no other comes of it. For a channel that wants
   * the state it may list more alerts than a message has.
   */
  compose(createdAt: number): ThreadMessage {
    return this.#compose(this.#news, createdAt);
  }

  /**
   * Closes the message that is due. `undefined` where there is no news and nobody needs to be reminded.
   *
   * @param createdAt in ms since 1970
   */
  seal(nowMs: number, createdAt: number): ThreadMessage | undefined {
    if (!this.hasNews) {
      const open = this.#firing().filter(
        (alert) => alert.acknowledgedBy === undefined || this.#options.pace().wantsState,
      );
      this.#remindedMs = nowMs;
      if (open.length === 0) return undefined;
      if (this.#options.pace().wantsState) for (const alert of open) this.#addNews(alert, 0, nowMs);
    }
    const part = this.#part();
    const message = this.#compose(part, createdAt);
    for (const id of part.keys()) this.#news.delete(id);
    this.#changes -= message.changes;
    if (!this.hasNews) this.#gravest = 0;
    this.#sealedMs = nowMs;
    this.#messageId = this.#options.newId();
    return message;
  }

  #addNews(alert: TrackedAlert, changes: number, nowMs: number): void {
    if (!this.hasNews) this.#newsSinceMs = nowMs;
    const news = this.#news.get(alert.id) ?? { changes: 0, before: this.#told.get(alert.id) };
    this.#news.set(alert.id, { ...news, alert, changes: news.changes + changes });
    this.#changes += changes;
    this.#gravest = Math.max(this.#gravest, rankOf(alert.severity));
  }

  /** All news go into one message, but for a channel that needs every alert and not their number. */
  #part(): ReadonlyMap<string, News> {
    if (!this.#options.pace().wantsState || this.#news.size <= MAX_ALERTS_IN_MESSAGE)
      return new Map(this.#news);
    return new Map([...this.#news].slice(0, MAX_ALERTS_IN_MESSAGE));
  }

  #compose(part: ReadonlyMap<string, News>, createdAt: number): ThreadMessage {
    const { groupLabels, level } = this.#options;
    const { wantsState } = this.#options.pace();
    const news = [...part.values()];
    const resolved = news.map(({ alert }) => alert).filter((alert) => alert.state === 'resolved');
    const firing = wantsState ? this.#firing().filter((alert) => part.has(alert.id)) : this.#firing();
    const alerts = wantsState
      ? [...firing, ...resolved]
      : selectAlerts(firing, resolved, (alert) => part.has(alert.id));
    const gravest = firing.length > 0 ? firing : resolved;
    return {
      draft: {
        id: this.#messageId,
        kind: firing.length > 0 ? 'firing' : 'resolved',
        createdAt,
        severity: gravestOf(gravest),
        groupLabels,
        alerts,
        counts: { firing: firing.length, resolved: resolved.length },
        level,
      },
      changes: news.reduce((sum, { changes }) => sum + changes, 0),
    };
  }

  /** Of those that were told, or are about to be, the ones that fire and are not silenced. */
  #firing(): readonly TrackedAlert[] {
    const alerts: TrackedAlert[] = [];
    for (const id of this.#told.keys()) {
      const alert = this.#options.latest(id);
      if (alert && alert.silencedBy.length === 0) alerts.push(alert);
    }
    return alerts;
  }
}

/** Messages of one lane and channel are sent in order. */
export function laneOf(level: number, groupLabels: Labels): string {
  return JSON.stringify([level, Object.entries(groupLabels)]);
}

function gravestOf(alerts: readonly TrackedAlert[]): Severity {
  let gravest: Severity = 'info';
  for (const { severity } of alerts) if (rankOf(severity) > rankOf(gravest)) gravest = severity;
  return gravest;
}
