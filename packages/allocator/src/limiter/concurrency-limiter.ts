import {
  type Clock,
  ConfigurationError,
  type Disposer,
  Emitter,
  EvenkeelError,
  LinkedList,
  StateError,
} from '@evenkeel/core';
import { Call } from './call.ts';
import {
  CALL_PRIORITIES,
  type CallPriority,
  type ConcurrencyLimiterOptions,
  isLimit,
  type LimiterSettings,
  readLimiterOptions,
} from './concurrency-limiter-options.ts';
import { type LimiterLoad, QueueFullError, QueueTimeoutError } from './limiter-errors.ts';
import type { LimiterEvents } from './limiter-events.ts';
import { LimiterMetrics } from './limiter-metrics.ts';
import { LimiterCounts, type LimiterStatistics } from './limiter-statistics.ts';
import { callAround, runWithin } from './nesting.ts';
import { WaitQueue } from './wait-queue.ts';

/** About one call. */
export interface CallOptions {
  /** Ends the caller's wait, with its reason. A call that runs keeps its slot until its work has ended. */
  readonly signal?: AbortSignal | undefined;
  /** Who is served first among those who wait. @defaultValue 'medium' */
  readonly priority?: CallPriority | undefined;
}

/** How the work under a lease ended: `dropped` by an overload, `failed` for a reason of its own. */
export type LeaseOutcome = 'success' | 'dropped' | 'failed';

/** A slot that its holder gives back. */
export interface Lease {
  /** Gives the slot back. Further calls do nothing. @defaultValue 'success' */
  release(outcome?: LeaseOutcome): void;
}

/**
 * Lets so many calls run at once, and others wait in turn. A slot is held until the work has really ended,
 * whether or not somebody still waits for it; calls that run for too long are counted as hung and shown.
 *
 * A call made in the work of another of the same limiter runs on that one's slot, which is waiting for it: nesting
 * doesn't lock up. This needs AsyncLocalStorage, which browsers have not: there the time-out of the queue ends it.
 *
 * @example
 * const limiter = new ConcurrencyLimiter({ name: 'search', strategy: gradient() });
 * const found = await limiter.run((signal) => fetch(url, { signal }), { signal: AbortSignal.timeout(2000) });
 */
export class ConcurrencyLimiter extends Emitter<LimiterEvents> {
  readonly name: string;
  readonly #settings: LimiterSettings;
  readonly #clock: Clock;
  readonly #metrics: LimiterMetrics;
  readonly #counts = new LimiterCounts();
  readonly #queue = new WaitQueue(CALL_PRIORITIES.length);
  /* In the order in which they were started, so that one timer tells which is hung next. */
  readonly #running = new LinkedList<Call>();
  readonly #hung = new LinkedList<Call>();
  #limit: number;
  #inFlight = 0;
  #hungSlots = 0;
  #abandoned = 0;
  #queueTimer: Disposer | undefined;
  #hungTimer: Disposer | undefined;
  #stopped: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;

  /** @throws ConfigurationError */
  constructor(options?: ConcurrencyLimiterOptions) {
    const settings = readLimiterOptions(options);
    super(settings.clock);
    this.name = settings.name;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#limit = settings.strategy.limit;
    this.#metrics = new LimiterMetrics(settings.meter, settings.name, () => this.getStats());
  }

  /** Calls that may be in flight now. */
  get limit(): number {
    return this.#limit;
  }

  getStats(): LimiterStatistics {
    return { ...this.#load(), abandoned: this.#abandoned, ...this.#counts };
  }

  /**
   * Calls the function when a slot is free, and gives its result. What it throws or rejects with comes through; so
   * does the reason of `signal`, at once, while the slot stays taken until the work has ended.
   *
   * Rejects with `QueueFullError`, `QueueTimeoutError`, `StateError` once it is stopped, or `ConfigurationError`.
   */
  run<T>(fn: (signal: AbortSignal) => T, options: CallOptions & { signal: AbortSignal }): Promise<Awaited<T>>;
  run<T>(fn: (signal: AbortSignal | undefined) => T, options?: CallOptions): Promise<Awaited<T>>;
  // The overloads say which functions get a signal.
  run<T>(fn: (signal: never) => T, options?: CallOptions): Promise<Awaited<T>>;
  run<T>(fn: (signal: never) => T, options: CallOptions = {}): Promise<Awaited<T>> {
    const { signal } = options;
    const work = fn as (signal: AbortSignal | undefined) => T;
    try {
      if (typeof fn !== 'function') throw badArgument('fn', fn, 'a function');
      const admitted = this.#arrive(options);
      return admitted instanceof Call
        ? this.#perform(admitted, work, signal)
        : admitted.then((call) => this.#perform(call, work, signal));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes a slot where the work can't be wrapped in a function. A lease that is never released shows as hung.
   *
   * @throws what `run` rejects with
   */
  async acquire(options: CallOptions = {}): Promise<Lease> {
    const admitted = this.#arrive(options);
    const call = admitted instanceof Call ? admitted : await admitted;
    return {
      release: (outcome = 'success') => {
        if (outcome !== 'success' && outcome !== 'dropped' && outcome !== 'failed') {
          throw badArgument('outcome', outcome, "'success', 'dropped' or 'failed'");
        }
        this.#end(call, outcome);
      },
    };
  }

  /**
   * Turns away those who wait and all who come, and waits for the calls in flight, but not for hung ones.
   * Idempotent.
   */
  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
    for (let call = this.#queue.first(); call; call = this.#queue.first()) {
      this.#counts.stopped += 1;
      this.#dequeue(call);
      this.#refuse(call, this.#stoppedError());
    }
    this.#metrics.dispose();
    this.#checkIdle();
    return this.#stopped;
  }

  /** Stops it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The call if it may start at once, else a promise of it. */
  #arrive({ signal, priority = 'medium' }: CallOptions): Call | Promise<Call> {
    const rank = CALL_PRIORITIES.indexOf(priority);
    if (rank < 0) throw badArgument('priority', priority, "'high', 'medium' or 'low'");
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw badArgument('signal', signal, 'an AbortSignal');
    }
    this.#counts.arrived += 1;
    if (this.#stopped) {
      this.#counts.stopped += 1;
      throw this.#stoppedError();
    }
    if (signal?.aborted) {
      this.#counts.aborted += 1;
      throw reasonOf(signal);
    }
    const outer = callAround();
    let host = outer;
    while (host && host.limiter !== this) host = host.outer;
    const call = new Call(this, rank, outer, host);
    call.arrivedMs = this.#clock.monotonic();
    if (host && !host.borrower) this.#lend(host, call);
    else if (this.#inFlight < this.#capacity()) this.#inFlight += 1;
    else return this.#wait(call, signal);
    this.#start(call, call.arrivedMs);
    return call;
  }

  #wait(call: Call, signal: AbortSignal | undefined): Promise<Call> {
    if (this.#queue.size >= this.#settings.maxQueue) this.#makeRoom(call.rank);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#counts.aborted += 1;
        this.#dequeue(call);
        this.#refuse(call, signal && reasonOf(signal));
      };
      call.admit = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(call);
      };
      call.refuse = (error) => {
        signal?.removeEventListener('abort', onAbort);
        reject(error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (call.host) {
        call.host.waitingWithin ??= new Set();
        call.host.waitingWithin.add(call);
      }
      this.#queue.push(call);
      this.#queueTimer ??= this.#clock.setTimeout(() => this.#expire(), this.#settings.queueTimeoutMs);
    });
  }

  /** Turns away the last of a lower priority; without one there is no room. */
  #makeRoom(rank: number): void {
    const load = this.#load();
    const error = new QueueFullError(this.name, load);
    const last = this.#queue.lastBeyond(rank);
    this.#counts.queueFull += 1;
    if (last) {
      this.#dequeue(last);
      this.#refuse(last, error);
    }
    this.emit('rejected', { reason: 'queue_full', ...load });
    if (!last) throw error;
  }

  #perform<T>(
    call: Call,
    fn: (signal: AbortSignal | undefined) => T,
    signal: AbortSignal | undefined,
  ): Promise<Awaited<T>> {
    if (signal?.aborted) {
      // Between the slot's coming free and now.
      this.#end(call, 'failed');
      return Promise.reject(reasonOf(signal));
    }
    let work: Promise<Awaited<T>>;
    try {
      work = Promise.resolve(runWithin(call, fn, signal));
    } catch (error) {
      work = Promise.reject(error);
    }
    const ended = work.then(
      (value) => {
        this.#end(call, 'success');
        return value;
      },
      (error: unknown) => {
        this.#end(call, this.#isOverload(error) ? 'dropped' : 'failed');
        throw error;
      },
    );
    return signal ? this.#untilAborted(call, ended, signal) : ended;
  }

  #untilAborted<T>(call: Call, ended: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const reason = reasonOf(signal);
        this.#abandon(call, reason);
        reject(reason);
      };
      // The work itself may have aborted it.
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
      ended.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
    });
  }

  #lend(host: Call, call: Call): void {
    host.borrower = call;
    host.hasLent = true;
    call.lender = host;
  }

  #start(call: Call, nowMs: number): void {
    call.state = 'running';
    call.startedMs = nowMs;
    call.inFlight = this.#inFlight;
    this.#counts.started += 1;
    this.#running.push(call);
    this.#hungTimer ??= this.#clock.setTimeout(() => this.#findHung(), this.#settings.hungAfterMs);
  }

  /** Starts one that has waited. Its slot is taken already. */
  #admit(call: Call): void {
    this.#dequeue(call);
    const nowMs = this.#clock.monotonic();
    this.#start(call, nowMs);
    this.#metrics.waitSeconds.observe((nowMs - call.arrivedMs) / 1000);
    call.admit?.();
  }

  #refuse(call: Call, error: unknown): void {
    call.state = 'ended';
    call.refuse?.(error);
  }

  #dequeue(call: Call): void {
    this.#queue.remove(call);
    call.host?.waitingWithin?.delete(call);
  }

  /** The caller has gone; the work goes on, and says no more of the load than that. */
  #abandon(call: Call, reason: unknown): void {
    if (call.state === 'ended') return;
    call.isAbandoned = true;
    this.#abandoned += 1;
    if (this.#isOverload(reason)) this.#record(call, 'dropped');
  }

  #end(call: Call, outcome: LeaseOutcome): void {
    if (call.state === 'ended') return;
    call.state = 'ended';
    (call.isHung ? this.#hung : this.#running).remove(call);
    const counted = call.isAbandoned ? 'failed' : outcome;
    this.#counts[counted === 'success' ? 'succeeded' : counted] += 1;
    if (call.isAbandoned) this.#abandoned -= 1;
    else if (outcome !== 'failed') this.#record(call, outcome);
    this.#vacate(call);
    if (call.isHung) {
      const ageMs = this.#clock.monotonic() - call.startedMs;
      this.emit('hung_ended', { ageMs, ...this.#load() });
    }
    this.#checkIdle();
  }

  #record(call: Call, outcome: 'success' | 'dropped'): void {
    call.endedMs = this.#clock.monotonic();
    call.outcome = outcome;
    // Its time is that of the calls which ran on its slot.
    if (call.hasLent && outcome === 'success') return;
    try {
      this.#settings.strategy.record(call);
    } catch (error) {
      this.reportError('strategy', error);
    }
    const from = this.#limit;
    const to = this.#settings.strategy.limit;
    if (to === from || !isLimit(to)) return;
    this.#limit = to;
    this.emit('limit_changed', { from, to });
    this.#admitAll();
  }

  /** Passes the slot on: to the call that runs on it, to one that waits in the same work, or to anyone. */
  #vacate(call: Call): void {
    const { lender, borrower } = call;
    // Work that begins within that of its predecessor would otherwise remember all that went before.
    call.host = undefined;
    call.lender = undefined;
    call.borrower = undefined;
    if (call.isHung && !lender) this.#hungSlots -= 1;
    if (borrower) {
      borrower.lender = lender;
      if (lender) lender.borrower = borrower;
      else if (borrower.isHung) this.#hungSlots += 1;
    } else if (lender) {
      lender.borrower = undefined;
      const [next] = lender.waitingWithin ?? [];
      if (!next) return;
      this.#lend(lender, next);
      this.#admit(next);
    } else {
      this.#inFlight -= 1;
      this.#admitAll();
    }
  }

  #admitAll(): void {
    while (this.#inFlight < this.#capacity()) {
      const next = this.#queue.first();
      if (!next) return;
      this.#inFlight += 1;
      this.#admit(next);
    }
  }

  #capacity(): number {
    return this.#limit + Math.min(this.#hungSlots, this.#settings.replaceHung);
  }

  /** Turns away those who have waited for too long. */
  #expire(): void {
    this.#queueTimer = undefined;
    const { queueTimeoutMs } = this.#settings;
    for (let call = this.#queue.oldest(); call; call = this.#queue.oldest()) {
      const leftMs = call.arrivedMs + queueTimeoutMs - this.#clock.monotonic();
      if (leftMs > 0) {
        this.#queueTimer ??= this.#clock.setTimeout(() => this.#expire(), leftMs);
        return;
      }
      this.#counts.queueTimeout += 1;
      this.#dequeue(call);
      const load = this.#load();
      this.#refuse(call, new QueueTimeoutError(this.name, queueTimeoutMs, load));
      this.emit('rejected', { reason: 'queue_timeout', ...load });
    }
  }

  #findHung(): void {
    this.#hungTimer = undefined;
    const { hungAfterMs } = this.#settings;
    for (let call = this.#running.first; call; call = this.#running.first) {
      const ageMs = this.#clock.monotonic() - call.startedMs;
      if (ageMs < hungAfterMs) {
        this.#hungTimer ??= this.#clock.setTimeout(() => this.#findHung(), hungAfterMs - ageMs);
        return;
      }
      this.#running.remove(call);
      this.#hung.push(call);
      call.isHung = true;
      if (!call.lender) this.#hungSlots += 1;
      this.emit('hung', { ageMs, ...this.#load() });
      this.#admitAll();
      this.#checkIdle();
    }
  }

  #checkIdle(): void {
    if (this.#running.size > 0 || !this.#whenIdle) return;
    this.#queueTimer?.();
    this.#hungTimer?.();
    this.#whenIdle();
  }

  #load(): LimiterLoad {
    const oldest = this.#hung.first ?? this.#running.first;
    return {
      limit: this.#limit,
      inFlight: this.#inFlight,
      queued: this.#queue.size,
      hung: this.#hungSlots,
      oldestMs: oldest ? this.#clock.monotonic() - oldest.startedMs : 0,
    };
  }

  #isOverload(error: unknown): boolean {
    try {
      return this.#settings.isOverload(error) === true;
    } catch (thrown) {
      this.reportError('isOverload', thrown);
      return false;
    }
  }

  #stoppedError(): StateError {
    return new StateError(`limiter "${this.name}" is stopped`);
  }
}

function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new EvenkeelError('the call was aborted', { code: 'ABORTED' });
}

function badArgument(path: string, value: unknown, expected: string): ConfigurationError {
  return new ConfigurationError('ConcurrencyLimiter', [{ path, value, expected }]);
}
