import { type Clock, option, readOptions, systemClock } from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import type { Silence } from '../silences/silence.ts';
import type { AlertHistoryQuery, AlertStore, Delivery, StoredState } from './alert-store.ts';

export interface MemoryAlertStoreOptions {
  /** Resolved alerts that are remembered, the latest. @defaultValue 1000 */
  readonly maxHistory?: number;
  /** Messages that were given up and are remembered, the latest. @defaultValue 1000 */
  readonly maxDeadLetters?: number;
  /** @defaultValue the system's */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Keeps alerts and messages in this process: a restart forgets them. */
export class MemoryAlertStore implements AlertStore {
  readonly #maxHistory: number;
  readonly #maxDeadLetters: number;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #silences = new Map<string, Silence>();
  readonly #active = new Map<string, TrackedAlert>();
  readonly #pending = new Map<string, Delivery>();
  /* By what tells one life of an alert from another, the oldest first. */
  readonly #resolved = new Map<string, TrackedAlert>();
  readonly #dead = new Map<string, Delivery>();

  /** @throws ConfigurationError */
  constructor(options: MemoryAlertStoreOptions = {}) {
    const { maxHistory, maxDeadLetters, clock } = readOptions('MemoryAlertStore', options, {
      maxHistory: option.integer({ min: 0 }).default(1000),
      maxDeadLetters: option.integer({ min: 0 }).default(1000),
      clock: option.withMethods<Pick<Clock, 'now'>>('now').default(systemClock),
    });
    this.#clock = clock;
    this.#maxHistory = maxHistory;
    this.#maxDeadLetters = maxDeadLetters;
  }

  async load(): Promise<Required<StoredState>> {
    return {
      alerts: [...this.#active.values()],
      deliveries: [...this.#pending.values()],
      silences: [...this.#silences.values()].filter(({ until }) => until > this.#clock.now()),
    };
  }

  /** Of messages that were sent nothing is kept, nor of alerts that never fired, nor of silences that are over. */
  async save({ alerts = [], deliveries = [], silences = [] }: Partial<StoredState>): Promise<void> {
    for (const silence of silences) {
      this.#silences.delete(silence.id);
      if (silence.until > this.#clock.now()) this.#silences.set(silence.id, silence);
    }
    for (const alert of alerts) {
      if (alert.state !== 'resolved') {
        this.#active.set(alert.id, alert);
        continue;
      }
      this.#active.delete(alert.id);
      if (alert.firedAt !== undefined) keepLatest(this.#resolved, lifeOf(alert), alert, this.#maxHistory);
    }
    for (const delivery of deliveries) {
      this.#pending.delete(delivery.id);
      this.#dead.delete(delivery.id);
      if (delivery.state === 'pending') this.#pending.set(delivery.id, delivery);
      else if (delivery.state === 'dead') keepLatest(this.#dead, delivery.id, delivery, this.#maxDeadLetters);
    }
  }

  async history({
    from = -Infinity,
    to = Infinity,
    name,
    limit,
  }: AlertHistoryQuery): Promise<readonly TrackedAlert[]> {
    return [...this.#active.values(), ...this.#resolved.values()]
      .filter((alert) => alert.since <= to && (alert.resolvedAt ?? Infinity) >= from)
      .filter((alert) => name === undefined || alert.name === name)
      .sort((a, b) => b.since - a.since || (a.id < b.id ? -1 : 1))
      .slice(0, limit);
  }

  async deadLetters({ limit }: { readonly limit: number }): Promise<readonly Delivery[]> {
    return [...this.#dead.values()].reverse().slice(0, limit);
  }
}

function lifeOf(alert: TrackedAlert): string {
  return JSON.stringify([alert.id, alert.since, alert.firedAt]);
}

function keepLatest<T>(entries: Map<string, T>, key: string, value: T, most: number): void {
  entries.delete(key);
  entries.set(key, value);
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}
