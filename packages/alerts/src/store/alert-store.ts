import type { TrackedAlert } from '../alert-state.ts';
import type { Message } from '../channels/channel.ts';
import type { Silence } from '../silences/silence.ts';

/** A message on its way to one channel. */
export interface Delivery {
  /** Of the message and the channel. */
  readonly id: string;
  readonly channel: string;
  readonly message: Message;
  /** Changes of alerts that it carries; what the counts of deliveries are made of. */
  readonly changes: number;
  readonly attempts: number;
  /** Not before, in ms since 1970. */
  readonly dueAt: number;
  readonly state: 'pending' | 'sent' | 'dead';
  /** In ms since 1970. */
  readonly createdAt: number;
  readonly settledAt?: number;
  /** Why it failed last, without secrets. */
  readonly error?: string;
}

/** What is kept over a restart. */
export interface StoredState {
  readonly alerts: readonly TrackedAlert[];
  readonly deliveries: readonly Delivery[];
  /** @defaultValue none */
  readonly silences?: readonly Silence[];
}

/** What survives a restart: alerts with their history, messages that are on their way, and silences. */
export interface AlertStore {
  /** Creates what it needs. Idempotent. */
  start?(): Promise<void>;
  /** All alerts that are not resolved, all deliveries that are pending, all silences that are not over. */
  load(): Promise<StoredState>;
  /** Keeps the latest of each, all or none. A silence that was taken back has an `until` that is past. */
  save(changes: Partial<StoredState>): Promise<void>;
  /** Newest first. */
  history(query: AlertHistoryQuery): Promise<readonly TrackedAlert[]>;
  /** Messages that were given up, newest first. */
  deadLetters(query: { readonly limit: number }): Promise<readonly Delivery[]>;
  stop?(): Promise<void>;
}

export interface AlertHistoryQuery {
  /** In ms since 1970. */
  readonly from?: number;
  readonly to?: number;
  readonly name?: string;
  readonly limit: number;
}
