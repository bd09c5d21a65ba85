import { EventEmitter } from 'eventemitter3';
import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';
import { toError } from '../errors/index.ts';
import { option, readValue } from '../options/index.ts';
import { isThenable } from '../scheduling/is-thenable.ts';

/** A failure that belongs to nobody's call: of a listener, a background run, a user's callback. */
export interface ErrorEvent {
  readonly error: Error;
  /** What failed: `listener of "alert"`, `collector "memory"`. */
  readonly source: string;
}

/** The events of an emitter: its own, and `error`, which all have. */
export type WithErrors<Events> = Omit<Events, 'error'> & { error: ErrorEvent };

/** What a listener on `'*'` receives for every event; `type` tells the type of `data`. */
export type AnyEvent<Events> = {
  [Type in keyof Events & string]-?: {
    readonly type: Type;
    readonly data: Events[Type];
    /** Wall time of the event, in ms since 1970. */
    readonly timestamp: number;
  };
}[keyof Events & string];

type EventName<Events> = (keyof WithErrors<Events> & string) | '*';
type Payload<Events, Type> = Type extends '*'
  ? AnyEvent<WithErrors<Events>>
  : Type extends keyof WithErrors<Events>
    ? WithErrors<Events>[Type]
    : never;
type Listener<Events, Type> = (data: Payload<Events, Type>) => unknown;
type AnyListener = (data: unknown) => unknown;

interface Subscription {
  readonly listener: AnyListener;
  /** What eventemitter3 calls for it. */
  readonly deliver: (data: unknown) => void;
  once: boolean;
  active: boolean;
}

/**
 * A typed event emitter, to be extended. `on('*', …)` sees every event as `{ type, data, timestamp }`, after
 * the event's own listeners; these are called in the order in which they were added. A listener that is
 * removed while an event is delivered is not called any more; one that is added is called from the next on.
 *
 * A listener that throws or rejects never breaks the emitter or the other listeners: the failure is emitted
 * as `error`, or, where nobody listens to that, printed to the console once. Failures of listeners of `error`,
 * and errors that come up while one is delivered, are only printed.
 */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #subscriptions = new Map<string, Map<unknown, Subscription>>();
  readonly #clock: Pick<Clock, 'now'>;
  #reporting = false;
  #printed = false;

  /** @param clock gives the events their timestamps @defaultValue the system's */
  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#clock = clock;
  }

  /**
   * Calls `listener` at every event of the type; adding it twice is adding it once. Returns what removes it.
   *
   * @throws ConfigurationError for a listener that is no function
   */
  on<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): Disposer {
    return this.#add(type, listener, false);
  }

  /**
   * Calls `listener` at the next event of the type only, unless `on` adds it too. Returns what removes it
   * before that.
   *
   * @throws ConfigurationError for a listener that is no function
   */
  once<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): Disposer {
    return this.#add(type, listener, true);
  }

  /** Removes a listener; one that was never added is no error. */
  off<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): void {
    const subscription = this.#subscriptions.get(type)?.get(listener);
    if (subscription) this.#remove(type, subscription);
  }

  /** Whether an event of the type would reach anybody: ask before building a costly event. */
  hasListeners(type: EventName<Events>): boolean {
    return this.#emitter.listenerCount(type) > 0 || (type !== '*' && this.#emitter.listenerCount('*') > 0);
  }

  /** Delivers an event to its listeners, synchronously. Never throws. */
  protected emit<Type extends keyof WithErrors<Events> & string>(
    type: Type,
    data: WithErrors<Events>[Type],
  ): void {
    if (this.#emitter.listenerCount(type) > 0) this.#emitter.emit(type, data);
    if (this.#emitter.listenerCount('*') > 0) {
      this.#emitter.emit('*', { type, data, timestamp: this.#clock.now() });
    }
  }

  /** Emits `error` for a failure that belongs to nobody's call; printed once where nobody listens. */
  protected reportError(source: string, thrown: unknown): void {
    const error = toError(thrown);
    // A listener of errors that leads to another error would otherwise be called for ever.
    if (this.#reporting || !this.hasListeners('error')) {
      this.#print(source, error);
      return;
    }
    const event: ErrorEvent = { error, source };
    this.#reporting = true;
    try {
      this.emit('error', event as WithErrors<Events>['error']);
    } finally {
      this.#reporting = false;
    }
  }

  /** Called when a listener has come or gone: for those who keep, on a hot path, whether anybody listens. */
  protected listenersChanged(): void {}

  // The public methods check the listener's type against the event's; from here on it is any listener.
  #add(type: string, given: unknown, once: boolean): Disposer {
    const listener = readValue('Emitter', 'listener', given, option.callback<AnyListener>());
    const ofType = this.#subscriptions.get(type) ?? new Map<unknown, Subscription>();
    this.#subscriptions.set(type, ofType);
    const present = ofType.get(listener);
    if (present) {
      present.once &&= once;
      return () => this.#remove(type, present);
    }
    const subscription: Subscription = {
      listener,
      deliver: (data) => this.#deliver(type, subscription, data),
      once,
      active: true,
    };
    ofType.set(listener, subscription);
    this.#emitter.on(type, subscription.deliver);
    this.listenersChanged();
    return () => this.#remove(type, subscription);
  }

  #remove(type: string, subscription: Subscription): void {
    if (!subscription.active) return;
    subscription.active = false;
    this.#emitter.off(type, subscription.deliver);
    const ofType = this.#subscriptions.get(type);
    ofType?.delete(subscription.listener);
    if (ofType?.size === 0) this.#subscriptions.delete(type);
    this.listenersChanged();
  }

  #deliver(type: string, subscription: Subscription, data: unknown): void {
    if (!subscription.active) return;
    if (subscription.once) this.#remove(type, subscription);
    try {
      const result = subscription.listener(data);
      if (isThenable(result)) {
        Promise.resolve(result).catch((thrown: unknown) => this.#listenerFailed(type, data, thrown));
      }
    } catch (thrown) {
      this.#listenerFailed(type, data, thrown);
    }
  }

  #listenerFailed(type: string, data: unknown, thrown: unknown): void {
    const source = `listener of ${JSON.stringify(type)}`;
    // A failing listener of errors must not be told of its own failure, again and again.
    const aboutErrors = type === 'error' || (type === '*' && (data as { type?: unknown }).type === 'error');
    if (aboutErrors) this.#print(source, toError(thrown));
    else this.reportError(source, thrown);
  }

  #print(source: string, error: Error): void {
    if (this.#printed) return;
    this.#printed = true;
    // biome-ignore lint/suspicious/noConsole: the last resort that the docstring promises
    console.error(
      `${this.constructor.name}: ${source} failed; further errors go to 'error' listeners only:`,
      error,
    );
  }
}
