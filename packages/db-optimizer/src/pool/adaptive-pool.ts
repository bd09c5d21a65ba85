/// <reference lib="esnext.disposable" />
import {
  type Clock,
  ConfigurationError,
  type Disposer,
  Emitter,
  EvenkeelError,
  LinkedList,
  option,
  type QueryResult,
  readOptions,
  readValue,
  StateError,
} from '@evenkeel/core';
import { checkStatement } from '../sql/statement-arguments.ts';
import { type AdaptivePoolLoad, PoolQueueFullError, PoolQueueTimeoutError } from './adaptive-pool-errors.ts';
import { AdaptivePoolMetrics } from './adaptive-pool-metrics.ts';
import {
  type AdaptivePoolOptions,
  type AdaptivePoolSettings,
  readAdaptivePoolOptions,
} from './adaptive-pool-options.ts';
import { KneeSearch } from './limiter/knee-search.ts';
import { Ticket } from './limiter/ticket.ts';

/** A connection that a pool gives: `pg`'s PoolClient satisfies it. */
export interface PooledConnection {
  query(text: string, params?: unknown[]): Promise<QueryResult>;
  release(error?: Error | boolean): void;
  /** `I`: not in a transaction; null before the first query. As `pg` has it from 8.17 on. */
  getTransactionStatus?(): string | null;
}

/** `pg`'s Pool, as far as it is used here. */
export interface ConnectionPool<Client extends PooledConnection = PooledConnection> {
  connect(): Promise<Client>;
  readonly options: { readonly max: number };
  readonly idleCount?: number;
}

/** About one call. */
export interface AdaptiveCallOptions {
  /** Ends the wait, with its reason. What runs already keeps its connection until it has ended. */
  readonly signal?: AbortSignal | undefined;
}

export interface AdaptivePoolStatistics extends AdaptivePoolLoad {
  /** The limit that the search holds for the best; `limit` goes about it. */
  readonly best: number;
  readonly max: number;
  /** Calls so far, by how they ended. */
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
  readonly queueFull: number;
  readonly queueTimeout: number;
  readonly stopped: number;
}

export interface AdaptivePoolEvents {
  /** Another number of connections is held for the best. */
  limit_changed: { readonly from: number; readonly to: number };
  /** A call was turned away. */
  rejected: { readonly reason: 'queue_full' | 'queue_timeout' } & AdaptivePoolLoad;
  /** The server had no connection left; the limit was lowered. */
  server_full: { readonly error: unknown } & AdaptivePoolLoad;
}

/* too_many_connections; 53300 of a pooler too. */
const SERVER_FULL = '53300';

/**
 * Uses a pool with as many connections as are best for its throughput, which it finds out by itself, and lets the other
 * calls wait in turn. It starts with eight connections, doubles while that helps, and then follows the load.
 *
 * The pool stays the caller's: it is not ended here. Calls within the work of another need a connection of their own, as
 * with any pool: hand on the client instead.
 *
 * @example
 * const adaptive = new AdaptivePool(new pg.Pool({ max: 50 }));
 * const { rows } = await adaptive.query('select name from users where id = $1', [7]);
 * await adaptive.run(async (client) => {
 *   await client.query('begin');
 *   await client.query('update accounts set total = total - 5 where id = 1');
 *   await client.query('commit');
 * });
 */
export class AdaptivePool<
  Client extends PooledConnection = PooledConnection,
> extends Emitter<AdaptivePoolEvents> {
  readonly name: string;
  readonly #pool: ConnectionPool<Client>;
  readonly #settings: AdaptivePoolSettings;
  readonly #clock: Clock;
  readonly #metrics: AdaptivePoolMetrics;
  readonly #search: KneeSearch;
  readonly #waiting = new LinkedList<Ticket<Client>>();
  /** All that have no connection yet, in the order in which they came. */
  readonly #pending = new Set<Ticket<Client>>();
  readonly #counts = { succeeded: 0, failed: 0, aborted: 0, queueFull: 0, queueTimeout: 0, stopped: 0 };
  /** In use or being opened. */
  #taken = 0;
  #best: number;
  #cancelTimer: Disposer | undefined;
  #stopped: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** @throws ConfigurationError */
  constructor(pool: ConnectionPool<Client>, options?: AdaptivePoolOptions) {
    readValue('AdaptivePool', 'pool', pool, option.withMethods<ConnectionPool<Client>>('connect'));
    const poolMax = readValue(
      'AdaptivePool',
      'pool.options.max',
      pool.options?.max,
      option.integer({ min: 1 }),
    );
    const settings = readAdaptivePoolOptions(options, poolMax);
    super(settings.clock);
    this.name = settings.name;
    this.#pool = pool;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#search = new KneeSearch(settings.max, this.#clock.monotonic());
    this.#best = this.#search.centre;
    this.#metrics = new AdaptivePoolMetrics(settings.meter, settings.name, () => this.getStats());
  }

  /** Connections that may be in use now. */
  get limit(): number {
    return this.#search.limit;
  }

  getStats(): AdaptivePoolStatistics {
    return { ...this.#load(), best: this.#best, max: this.#settings.max, ...this.#counts };
  }

  /** Runs one statement on a connection of the pool. Rejects as {@link run} does. */
  async query<Row = Record<string, unknown>>(
    text: string,
    params?: unknown[],
    options?: AdaptiveCallOptions,
  ): Promise<QueryResult<Row>> {
    checkStatement('AdaptivePool.query', text, params);
    // The row's type is the caller's word for it, as with the pool itself.
    return (await this.run((client) => client.query(text, params), options)) as QueryResult<Row>;
  }

  /**
   * Calls the function with a connection, and takes it back when its promise settles. Where it fails, or leaves a
   * transaction open, the connection is closed unless it is known to be in order.
   *
   * Rejects with what the function throws; `PoolQueueFullError`, `PoolQueueTimeoutError`; what the pool's `connect`
   * rejects with; the reason of `signal`; `StateError` once it is stopped, or when the function has left a transaction
   * open, which is then rolled back; or `ConfigurationError`.
   */
  async run<T>(
    work: (client: Client, signal: AbortSignal | undefined) => T,
    options?: AdaptiveCallOptions,
  ): Promise<Awaited<T>> {
    readValue('AdaptivePool.run', 'work', work, option.callback<typeof work>());
    const signal = readSignal('AdaptivePool.run', options);
    const [ticket, client] = await this.#acquire(signal);
    const ended = this.#perform(ticket, client, work, signal);
    return signal ? untilAborted(ended, signal) : ended;
  }

  /**
   * Takes a connection where the work can't be wrapped in a function. It has to be given back by `client.release`, with
   * an error where it is not to be used again.
   *
   * Rejects as {@link run} does.
   */
  async connect(options?: AdaptiveCallOptions): Promise<Client> {
    const signal = readSignal('AdaptivePool.connect', options);
    const [ticket, client] = await this.#acquire(signal);
    const release = client.release;
    client.release = (error) => {
      this.#giveBack(ticket, !error, () => release.call(client, error));
    };
    return client;
  }

  /**
   * Turns away those who wait and all who come, and waits for the work in flight, at most as long as `stopTimeout`.
   * Idempotent.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Stops it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    for (const ticket of [...this.#pending]) {
      this.#counts.stopped += 1;
      this.#refuse(ticket, this.#stoppedError());
    }
    const cancel = this.#clock.setTimeout(() => this.#whenIdle?.(), this.#settings.stopTimeout);
    if (this.#taken === 0) this.#whenIdle?.();
    await idle;
    cancel();
    this.#metrics.dispose();
  }

  #acquire(signal: AbortSignal | undefined): Promise<readonly [Ticket<Client>, Client]> {
    if (this.#stopped) {
      this.#counts.stopped += 1;
      return Promise.reject(this.#stoppedError());
    }
    if (signal?.aborted) {
      this.#counts.aborted += 1;
      return Promise.reject(reasonOf(signal));
    }
    if (this.#taken >= this.limit && this.#waiting.size >= this.#settings.maxQueue) {
      this.#counts.queueFull += 1;
      const load = this.#load();
      this.emit('rejected', { reason: 'queue_full', ...load });
      return Promise.reject(new PoolQueueFullError(this.name, load));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#counts.aborted += 1;
        this.#refuse(ticket, signal && reasonOf(signal));
      };
      const ticket = new Ticket<Client>(
        this.#clock.monotonic(),
        (client) => {
          signal?.removeEventListener('abort', onAbort);
          resolve([ticket, client]);
        },
        (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#pending.add(ticket);
      this.#cancelTimer ??= this.#clock.setTimeout(() => this.#expire(), this.#settings.queueTimeout);
      this.#waiting.push(ticket);
      this.#admit();
    });
  }

  /** Opens connections for those who wait, as far as the limit goes. */
  #admit(): void {
    while (this.#taken < this.limit) {
      const { first } = this.#waiting;
      if (!first) return;
      this.#waiting.remove(first);
      this.#open(first);
    }
  }

  #open(ticket: Ticket<Client>): void {
    ticket.state = 'connecting';
    this.#taken += 1;
    // One that lies ready is in use from now on; a new one takes a while, which says nothing of the work.
    if (this.#pool.idleCount !== 0) this.#startUse(ticket);
    let connecting: Promise<Client>;
    try {
      connecting = Promise.resolve(this.#pool.connect());
    } catch (error) {
      connecting = Promise.reject(error);
    }
    connecting.then(
      (client) => this.#opened(ticket, client),
      (error: unknown) => this.#notOpened(ticket, error),
    );
  }

  #opened(ticket: Ticket<Client>, client: Client): void {
    if (typeof client?.release !== 'function') {
      const issue = { path: 'pool.connect()', value: client, expected: 'a client with release()' };
      this.#notOpened(ticket, new ConfigurationError('AdaptivePool', [issue]));
      return;
    }
    if (ticket.state === 'refused') {
      this.#giveBack(ticket, false, () => client.release());
      return;
    }
    ticket.state = 'held';
    this.#pending.delete(ticket);
    this.#startUse(ticket);
    this.#metrics.waitSeconds.observe((this.#clock.monotonic() - ticket.arrivedMs) / 1000);
    ticket.resolve(client);
  }

  #notOpened(ticket: Ticket<Client>, error: unknown): void {
    const isRefused = ticket.state === 'refused';
    const others = this.#taken - 1;
    if (codeOf(error) === SERVER_FULL && others > 0) {
      // Nothing was sent, and those who have a connection are going to give it back.
      this.#search.lowerTo(others);
      this.emit('server_full', { error, ...this.#load() });
      if (!isRefused) {
        ticket.state = 'waiting';
        this.#waiting.unshift(ticket);
      }
    } else if (!isRefused) {
      this.#counts.failed += 1;
      this.#pending.delete(ticket);
      ticket.reject(error);
      ticket.state = 'over';
    }
    this.#vacate(ticket, false);
  }

  async #perform<T>(
    ticket: Ticket<Client>,
    client: Client,
    work: (client: Client, signal: AbortSignal | undefined) => T,
    signal: AbortSignal | undefined,
  ): Promise<Awaited<T>> {
    let result: Awaited<T>;
    try {
      // Between the connection's coming and now.
      if (signal?.aborted) throw reasonOf(signal);
      result = await work(client, signal);
    } catch (error) {
      this.#counts.failed += 1;
      this.#giveBack(ticket, false, () => client.release(!isInOrder(client)));
      throw error;
    }
    const isOpen = hasOpenTransaction(client);
    this.#counts[isOpen ? 'failed' : 'succeeded'] += 1;
    this.#giveBack(ticket, !isOpen, () => client.release(isOpen));
    if (isOpen) {
      throw new StateError(
        `adaptive pool "${this.name}": the work has ended and left its transaction open; it is rolled back`,
      );
    }
    return result;
  }

  #giveBack(ticket: Ticket<Client>, wasDone: boolean, release: () => void): void {
    try {
      release();
    } finally {
      if (ticket.state !== 'over') {
        ticket.state = 'over';
        this.#vacate(ticket, wasDone);
      }
    }
  }

  #startUse(ticket: Ticket<Client>): void {
    if (ticket.epoch !== undefined) return;
    ticket.beganMs = this.#clock.monotonic();
    ticket.epoch = this.#search.began(ticket.beganMs);
  }

  #vacate(ticket: Ticket<Client>, wasDone: boolean): void {
    this.#taken -= 1;
    if (ticket.epoch !== undefined) {
      const nowMs = this.#clock.monotonic();
      this.#search.ended(ticket.epoch, wasDone ? nowMs - ticket.beganMs : undefined, nowMs);
      ticket.epoch = undefined;
    }
    this.#admit();
    const from = this.#best;
    this.#best = this.#search.centre;
    if (this.#best !== from) this.emit('limit_changed', { from, to: this.#best });
    if (this.#stopped && this.#taken === 0) this.#whenIdle?.();
  }

  /** Ends the wait of one that has no connection yet. */
  #refuse(ticket: Ticket<Client>, error: unknown): void {
    if (ticket.state !== 'waiting' && ticket.state !== 'connecting') return;
    if (ticket.state === 'waiting') this.#waiting.remove(ticket);
    // The one that is being opened takes its slot until it is there, and is then given back.
    ticket.state = 'refused';
    this.#pending.delete(ticket);
    ticket.reject(error);
  }

  /** Turns away those who have waited for too long. */
  #expire(): void {
    this.#cancelTimer = undefined;
    const { queueTimeout } = this.#settings;
    for (const ticket of this.#pending) {
      const leftMs = ticket.arrivedMs + queueTimeout - this.#clock.monotonic();
      if (leftMs > 0) {
        this.#cancelTimer = this.#clock.setTimeout(() => this.#expire(), leftMs);
        return;
      }
      this.#counts.queueTimeout += 1;
      const load = this.#load();
      this.#refuse(ticket, new PoolQueueTimeoutError(this.name, queueTimeout, load));
      this.emit('rejected', { reason: 'queue_timeout', ...load });
    }
  }

  #load(): AdaptivePoolLoad {
    return { limit: this.limit, inUse: this.#taken, waiting: this.#waiting.size };
  }

  #stoppedError(): StateError {
    return new StateError(`adaptive pool "${this.name}" is stopped`);
  }
}

const CALL_OPTIONS = {
  signal: option.withMethods<AbortSignal>('addEventListener', 'removeEventListener').optional(),
};

function readSignal(of: string, options: AdaptiveCallOptions | undefined): AbortSignal | undefined {
  return options === undefined ? undefined : readOptions(of, options, CALL_OPTIONS).signal;
}

/** The outcome, or the signal's reason where that comes first. */
function untilAborted<T>(ended: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reasonOf(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    ended.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}

function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new EvenkeelError('the call was aborted', { code: 'ABORTED' });
}

/** Whether a connection is known to be in no transaction, with nothing under way. */
function isInOrder(client: PooledConnection): boolean {
  return client.getTransactionStatus?.() === 'I' && Reflect.get(client, 'readyForQuery') === true;
}

/** Whether it is known to be in a transaction; while a query is under way, that is not known. */
function hasOpenTransaction(client: PooledConnection): boolean {
  const status = client.getTransactionStatus?.();
  return (status === 'T' || status === 'E') && Reflect.get(client, 'readyForQuery') === true;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
}
