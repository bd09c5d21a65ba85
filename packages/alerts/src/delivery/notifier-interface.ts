import type { TrackedAlert } from '../alert-state.ts';
import type { Channel, Message } from '../channels/channel.ts';
import type { Silence } from '../silences/silence.ts';
import type { AlertHistoryQuery, Delivery } from '../store/alert-store.ts';
import type { AlertChange } from './change.ts';

/** What the engine tells the delivery, and asks of it. `Notifier` is the one implementation; tests have another. */
export interface AlertNotifier {
  /**
   * Takes charge of a change: its alert is kept in the store together with the messages that follow from it, in
   * one transaction. A change whose alert has entries in `silencedBy` is kept and suppressed. Never throws.
   */
  accept(change: AlertChange): void;
  /**
   * Keeps in the store what nobody is told of: alerts that are pending or flapping, silences. Never throws.
   */
  keep(state: { readonly alerts?: readonly TrackedAlert[]; readonly silences?: readonly Silence[] }): void;
  /**
   * Takes charge of a report for these channels, each with its own recipients; resolves when it is queued and, where
   * the store works, kept.
   * @throws UnknownNameError for a channel that is not there
   */
  deliver(message: Message, channelNames: readonly string[]): Promise<void>;
  /**
   * Sends one message now, past queues, rate limits and the store.
   * @throws UnknownNameError, TimeoutError, or what the channel rejects with
   */
  sendTest(channelName: string): Promise<void>;
  /** @throws StateError for a name that is taken */
  addChannel(channel: Channel): void;
  /** Says whether there was one. What waits for it stays pending in the store. */
  removeChannel(name: string): boolean;
  /** In the order in which they were added. */
  channels(): readonly Channel[];
  /**
   * Opens the store and gives what it holds; undelivered messages go out again from here on, and what was accepted
   * before goes out now. A store that fails is reported and tried again; it gives nothing then. Never rejects.
   */
  start(): Promise<{ readonly alerts: readonly TrackedAlert[]; readonly silences: readonly Silence[] }>;
  /** Tries to send what it can within its limit, keeps the rest pending, closes channels and store. Idempotent. */
  stop(): Promise<void>;
  history(query: AlertHistoryQuery): Promise<readonly TrackedAlert[]>;
  deadLetters(query: { readonly limit: number }): Promise<readonly Delivery[]>;
  /**
   * Puts a message that was given up in the queue again.
   * @throws UnknownNameError for an id that is not among the dead letters
   */
  retryDeadLetter(id: string): Promise<void>;
  stats(): NotifierStats;
}

/** `sent + pending + dead + suppressed = accepted`, in changes × channels. */
export interface NotifierStats {
  readonly accepted: number;
  readonly sent: number;
  readonly pending: number;
  readonly dead: number;
  readonly suppressed: number;
}
