import { EventEmitter } from 'eventemitter3';
import { type Clock, systemClock } from '../clock/index.ts';
import type { Disposer } from '../contracts/disposer.ts';
import { toError } from '../errors/index.ts';

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
  [Type in keyof Events & string]: {
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
type Guarded = (data: unknown) => void;

/**
 * A typed event emitter, to be extended. `on('*', …)` sees every event as `{ type, data, timestamp }`.
 *
 * A listener that throws or rejects never breaks the emitter or the other listeners: the failure is emitted
 * as `error`, or, where nobody listens to that, printed to the console once.
 */
export class Emitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #guards = new Map<string, Map<unknown, Guarded>>();
  readonly #clock: Pick<Clock, 'now'>;
  #printed = false;

  constructor(clock: Pick<Clock, 'now'> = systemClock) {
    this.#clock = clock;
  }

  /** Calls `listener` at every event of the type; adding it twice is adding it once. Returns what removes it. */
  on<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): Disposer {
    return this.#add(type, listener as Guarded, false);
  }

  /** Calls `listener` at the next event of the type only. Returns what removes it before that. */
  once<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): Disposer {
    return this.#add(type, listener as Guarded, true);
  }

  /** Removes a listener; one that was never added is no error. */
  off<Type extends EventName<Events>>(type: Type, listener: Listener<Events, Type>): void {
    this.#remove(type, listener);
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
    if (this.hasListeners('error')) {
      const event: ErrorEvent = { error, source };
      this.emit('error', event as WithErrors<Events>['error']);
    } else {
      this.#print(source, error);
    }
  }

  #add(type: string, listener: Guarded, once: boolean): Disposer {
    const guards = this.#guards.get(type) ?? new Map<unknown, Guarded>();
    this.#guards.set(type, guards);
    if (!guards.has(listener)) {
      const guarded: Guarded = (data) => {
        if (once) this.#remove(type, listener);
        this.#call(type, listener, data);
      };
      guards.set(listener, guarded);
      this.#emitter.on(type, guarded);
    }
    return () => this.#remove(type, listener);
  }

  #remove(type: string, listener: unknown): void {
    const guards = this.#guards.get(type);
    const guarded = guards?.get(listener);
    if (!guards || !guarded) return;
    guards.delete(listener);
    if (guards.size === 0) this.#guards.delete(type);
    this.#emitter.off(type, guarded);
  }

  #call(type: string, listener: (data: unknown) => unknown, data: unknown): void {
    try {
      const result = listener(data);
      if (result instanceof Promise) result.catch((thrown) => this.#listenerFailed(type, data, thrown));
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
