import type { Clock, Severity } from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import { compileMatchers, type Matches, matchesAlert } from '../labels/matchers.ts';
import type { AlertChange } from './change.ts';
import type { ChannelQueue } from './channel-queue.ts';
import type { RouteSettings } from './delivery-options.ts';
import { Escalations } from './escalations.ts';
import { type AlertGroup, GroupBook } from './group-book.ts';
import { rankOf } from './severity-rank.ts';
import type { Thread } from './thread.ts';

export interface AlertRouterOptions {
  readonly routes: readonly RouteSettings[];
  readonly maxGroups: number;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The queue of a channel, whether there is such a channel or not yet. */
  readonly queueOf: (channel: string) => ChannelQueue;
  /** Names of the channels there are. */
  readonly channels: () => readonly string[];
  readonly onSuppressed: (changes: number) => void;
  readonly onEscalated: (alert: TrackedAlert, level: number) => void;
}

interface Route {
  readonly settings: RouteSettings;
  readonly groups: GroupBook;
  readonly matches: Matches;
  readonly escalations: Escalations;
}

/** An alert that fires, and who was told of it or is about to be. */
interface Told {
  alert: TrackedAlert;
  readonly threads: Set<Thread>;
  /** Of escalation. */
  level: number;
}

/** Decides for each change of an alert which channels are told of it, in which group, and whether it is news at all. */
export class AlertRouter {
  readonly #options: AlertRouterOptions;
  readonly #routes: readonly Route[];
  readonly #told = new Map<string, Told>();
  #accepted = 0;

  /** @throws ConfigurationError */
  constructor(options: AlertRouterOptions) {
    this.#options = options;
    this.#routes = options.routes.map((settings) => this.#route(settings));
  }

  /** Changes × channels that it has taken charge of; those that nobody is told of were given to `onSuppressed`. */
  get accepted(): number {
    return this.#accepted;
  }

  start(): void {
    for (const { escalations } of this.#routes) escalations.start();
  }

  stop(): void {
    for (const { escalations } of this.#routes) escalations.stop();
  }

  accept({ kind, alert }: AlertChange): void {
    const nowMs = this.#options.clock.monotonic();
    this.refresh(alert);
    const isResolved = kind === 'resolved';
    const isSilenced = alert.silencedBy.length > 0;
    const reached = new Set<string>();
    for (const thread of this.#told.get(alert.id)?.threads ?? []) {
      reached.add(thread.channel);
      this.#accepted += 1;
      // Whoever was told that it fires is told that it is over, silenced or not.
      if (isResolved) this.#tell(thread, alert, nowMs);
      else if (isSilenced) this.#silence(thread, alert.id);
      else if (!alert.isFlapping && thread.isNews(alert)) this.#tell(thread, alert, nowMs);
      else this.#options.onSuppressed(1);
    }
    if (isResolved) this.#told.delete(alert.id);
    for (const route of this.#routesOf(alert)) {
      for (const channel of this.#channelsOf(route)) {
        if (reached.has(channel)) continue;
        reached.add(channel);
        this.#accepted += 1;
        if (isResolved || isSilenced || alert.isFlapping) this.#options.onSuppressed(1);
        else this.#tellFirst(route, channel, alert, nowMs);
      }
    }
  }

  /** Takes note of how an alert is now. */
  refresh(alert: TrackedAlert): void {
    const told = this.#told.get(alert.id);
    if (!told) return;
    told.alert = alert;
    if (alert.state === 'firing' && alert.acknowledgedBy === undefined) return;
    for (const { escalations } of this.#routes) escalations.remove(alert.id);
  }

  /** What people have been told of an alert that fires. */
  toldOf(id: string): TrackedAlert['told'] {
    const told = this.#told.get(id);
    let gravest: Severity | undefined;
    for (const thread of told?.threads ?? []) {
      const severity = thread.toldAs(id);
      if (severity && (!gravest || rankOf(severity) > rankOf(gravest))) gravest = severity;
    }
    return told && gravest && { severity: gravest, level: told.level };
  }

  /** Goes on after a restart: what was told is not told again but for the reminders. */
  resume(alerts: readonly TrackedAlert[]): void {
    const nowMs = this.#options.clock.monotonic();
    const firedAt = (alert: TrackedAlert): number => alert.firedAt ?? alert.since;
    for (const { told: before, ...alert } of [...alerts].sort((a, b) => firedAt(a) - firedAt(b))) {
      if (alert.state !== 'firing' || !before || this.#told.has(alert.id)) continue;
      const { severity, level: reached } = before;
      const told: Told = { alert, threads: new Set(), level: reached };
      this.#told.set(alert.id, told);
      for (const route of this.#routesOf(alert)) {
        const levels = [
          this.#channelsOf(route),
          ...route.settings.escalation.map(({ channels }) => channels),
        ];
        levels.slice(0, reached + 1).forEach((channels, level) => {
          for (const channel of channels) {
            const thread = route.groups.threadOf(route.groups.groupOf(alert, nowMs), channel, level);
            thread.resume(alert, severity, nowMs);
            told.threads.add(thread);
            this.#options.queueOf(channel).changed(thread);
          }
        });
        const ageMs = Math.max(0, this.#options.clock.now() - firedAt(alert));
        if (alert.acknowledgedBy === undefined) route.escalations.add(alert.id, reached, ageMs);
      }
    }
  }

  #route(settings: RouteSettings): Route {
    const { maxGroups, newId, queueOf, clock } = this.#options;
    const groups = new GroupBook({
      route: settings,
      maxGroups,
      latest: (id) => this.#told.get(id)?.alert,
      newId,
      repeatOf: (channel) => queueOf(channel).channel?.repeatMs,
      onThread: (thread) => queueOf(thread.channel).addThread(thread),
      onForgotten: (thread) => queueOf(thread.channel).removeThread(thread),
    });
    const route: Route = {
      settings,
      groups,
      matches: compileMatchers(settings.matchers),
      escalations: new Escalations(settings.escalation, clock, (id, level) =>
        this.#escalate(route, id, level),
      ),
    };
    return route;
  }

  #routesOf(alert: TrackedAlert): readonly Route[] {
    const found: Route[] = [];
    for (const route of this.#routes) {
      const isGraveEnough = rankOf(alert.severity) >= rankOf(route.settings.severity);
      if (!isGraveEnough || !matchesAlert(route.matches, alert)) continue;
      found.push(route);
      if (!route.settings.continue) break;
    }
    return found;
  }

  #channelsOf({ settings }: Route): readonly string[] {
    if (settings.channels) return settings.channels;
    const forLater = new Set(settings.escalation.flatMap(({ channels }) => channels));
    return this.#options.channels().filter((name) => !forLater.has(name));
  }

  #tellFirst(route: Route, channel: string, alert: TrackedAlert, nowMs: number): void {
    const told = this.#told.get(alert.id) ?? { alert, threads: new Set(), level: 0 };
    this.#told.set(alert.id, told);
    this.#tellThread(told, route, channel, 0, nowMs);
    if (alert.acknowledgedBy === undefined) route.escalations.add(alert.id, told.level);
  }

  /** Nobody has acknowledged it in time. */
  #escalate(route: Route, id: string, level: number): void {
    const told = this.#told.get(id);
    if (!told) return;
    if (told.alert.silencedBy.length > 0) {
      // Asked again as long as it is silenced: it may be heard again.
      route.escalations.add(id, level - 1);
      return;
    }
    told.level = Math.max(told.level, level);
    for (const channel of route.settings.escalation[level - 1]?.channels ?? []) {
      this.#accepted += 1;
      this.#tellThread(told, route, channel, level, this.#options.clock.monotonic());
    }
    this.#options.onEscalated(told.alert, level);
  }

  #tellThread(told: Told, route: Route, channel: string, level: number, nowMs: number): void {
    const group: AlertGroup = route.groups.groupOf(told.alert, nowMs);
    const thread = route.groups.threadOf(group, channel, level);
    told.threads.add(thread);
    this.#tell(thread, told.alert, nowMs);
  }

  #tell(thread: Thread, alert: TrackedAlert, nowMs: number): void {
    thread.add(alert, nowMs);
    this.#options.queueOf(thread.channel).changed(thread);
  }

  /** What is in no message yet is taken back. */
  #silence(thread: Thread, id: string): void {
    const withdrawn = thread.withdraw(id);
    this.#options.onSuppressed(1 + (withdrawn ?? 0));
    if (withdrawn === undefined) return;
    if (thread.toldAs(id) === undefined) this.#told.get(id)?.threads.delete(thread);
    this.#options.queueOf(thread.channel).changed(thread);
  }
}
