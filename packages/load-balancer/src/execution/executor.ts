import { type Clock, EvenkeelError, LinkedList, StateError, TimeoutError } from '@evenkeel/core';
import { NoServerError, QueueFullError, ThrottledError } from '../errors.ts';
import type { Fleet } from '../servers/fleet.ts';
import type { Roster } from '../servers/roster.ts';
import type { RunningAttempt } from './attempt.ts';
import { Attempts, type AttemptsHooks } from './attempts.ts';
import { Deadlines } from './deadlines.ts';
import { RequestCounts, type RequestOutcome, type RetryReason, TryCounts } from './execution-counts.ts';
import { RecentLatency } from './recent-latency.ts';
import { Request, type RequestCall, type TryRecord } from './request.ts';
import type { RequestPlan } from './request-options.ts';
import { RetryBudget } from './retry-budget.ts';
import { Throttle } from './throttle.ts';
import type { Outcome, Verdict } from './verdict.ts';

/** How requests are carried out. */
export interface ExecutionSettings {
  readonly name: string;
  readonly retryBudget: number;
  readonly throttle: boolean;
  /** Quantile of recent latency after which a repeatable request is tried a second time. */
  readonly hedgeQuantile: number | undefined;
  readonly queueLimit: number;
  readonly clock: Clock;
  readonly random: () => number;
}

/** What the executor tells its balancer. */
export interface ExecutionHooks {
  retried(server: string, to: string, number: number, reason: RetryReason): void;
  /** Whether somebody wants to know of the tries of requests that fail. */
  wantsFailures(): boolean;
  failedForGood(request: Request, error: unknown, durationMs: number): void;
  throttled(active: boolean, ratio: number): void;
  /** A request has ended. */
  finished(durationMs: number): void;
  /** A failure that belongs to nobody's call. */
  failed(source: string, error: unknown): void;
}

/*
 * A server that was ejected is tried with somebody's request: it gets so many times what nearly all requests take, so
 * that the caller hardly notices a server that still hangs. The least is for the jitter of timers and networks.
 */
const TRIAL_QUANTILE = 0.95;
const TRIAL_FACTOR = 3;
const LEAST_TRIAL_MS = 25;
const UNKNOWN_TRIAL_MS = 1000;

/**
 * Carries requests out on the servers of a roster: tries, retries, hedges, the queue, and who is refused. The clock is
 * read once when a request comes, and once when something of it ends.
 */
export class Executor implements AttemptsHooks {
  readonly #settings: ExecutionSettings;
  readonly #roster: Roster;
  readonly #fleet: Fleet;
  readonly #hooks: ExecutionHooks;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  readonly #queue = new LinkedList<Request>();
  readonly #running = new LinkedList<Request>();
  readonly attempts: Attempts;
  readonly budget: RetryBudget;
  readonly throttle: Throttle;
  readonly latency = new RecentLatency();
  readonly requests = new RequestCounts();
  readonly tries = new TryCounts();
  /** When a request found the queue full last. */
  queueFullMs = Number.NEGATIVE_INFINITY;
  #isThrottling = false;
  #isToServe = false;
  #isServing = false;
  #isStopped = false;
  #whenIdle: (() => void) | undefined = undefined;

  constructor(settings: ExecutionSettings, roster: Roster, fleet: Fleet, hooks: ExecutionHooks) {
    const { clock } = settings;
    this.#settings = settings;
    this.#fleet = fleet;
    this.#roster = roster;
    this.#hooks = hooks;
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock);
    this.budget = new RetryBudget(settings.retryBudget);
    this.throttle = new Throttle(settings.throttle, settings.random);
    const { latency, throttle } = this;
    this.attempts = new Attempts({ clock, roster, deadlines: this.#deadlines, latency, throttle }, this);
  }

  /** Requests that are tried. */
  get running(): number {
    return this.#running.size;
  }

  /** Requests that wait for a server. */
  get queued(): number {
    return this.#queue.size;
  }

  execute(call: RequestCall, plan: RequestPlan): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#begin(new Request(call, plan, resolve, reject, this.#requestIsDue));
    });
  }

  /** Which servers can be chosen has changed: for the requests that wait. */
  serveWaiting(): void {
    if (this.#queue.size === 0 || this.#isToServe) return;
    // Not at once: whoever says so is in the middle of something.
    this.#isToServe = true;
    queueMicrotask(() => {
      this.#isToServe = false;
      this.#serve(this.#clock.monotonic());
    });
  }

  /** Takes requests again after {@link stop}. */
  start(): void {
    this.#isStopped = false;
  }

  /** Refuses requests from now on, waits for those in flight, and ends them when they take longer than they may. */
  async stop(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    const nowMs = this.#clock.monotonic();
    for (let request = this.#queue.first; request; request = this.#queue.first) {
      this.#fail(request, 'stopped', this.#stoppedError(), nowMs);
    }
    await this.#untilIdle(nowMs, timeoutMs);
    const endMs = this.#clock.monotonic();
    for (let request = this.#running.first; request; request = this.#running.first) {
      this.#fail(request, 'stopped', this.#stoppedError(), endMs);
    }
    this.attempts.letGoOfAll(endMs);
    this.#deadlines.stop();
  }

  #untilIdle(nowMs: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const limit = { dueMs: nowMs + timeoutMs, position: -1, expire: () => this.#whenIdle?.() };
      this.#whenIdle = () => {
        this.#whenIdle = undefined;
        this.#deadlines.remove(limit);
        resolve();
      };
      this.#deadlines.add(limit, nowMs);
      this.letGo();
    });
  }

  letGo(): void {
    if (this.#whenIdle && this.#running.size === 0 && this.attempts.held === 0) this.#whenIdle();
  }

  #begin(request: Request): void {
    const nowMs = this.#clock.monotonic();
    const { signal, deadlineMs } = request.plan;
    request.startedMs = nowMs;
    request.deadlineAtMs = nowMs + deadlineMs;
    this.requests.arrived += 1;
    this.#running.push(request);
    if (this.#isStopped) {
      this.#fail(request, 'stopped', this.#stoppedError(), nowMs);
      return;
    }
    if (signal?.aborted) {
      this.#fail(request, 'aborted', reasonOf(signal), nowMs);
      return;
    }
    if (signal) {
      request.onAbort = () => this.#fail(request, 'aborted', reasonOf(signal), this.#clock.monotonic());
      signal.addEventListener('abort', request.onAbort, { once: true });
    }
    this.#throttle(request, nowMs);
    if (request.state === 'done') return;
    this.budget.deposit(nowMs);
    if (this.#queue.size > 0) this.#serve(nowMs);
    // Nobody overtakes those who wait.
    if (this.#queue.size > 0) this.#wait(request, nowMs);
    else if (!this.#firstTry(request, nowMs)) this.#unavailable(request, nowMs);
  }

  #throttle(request: Request, nowMs: number): void {
    const isRefused = this.throttle.refuses(nowMs);
    if (!isRefused && !this.#isThrottling) return;
    // That there is no server says more.
    if (isRefused && this.#fleet.open === 0 && this.#roster.why([]).kind === 'none') return;
    const ratio = this.throttle.ratio(nowMs);
    if (isRefused) {
      this.throttle.refused(nowMs);
      this.#fail(request, 'throttled', new ThrottledError(this.#settings.name, ratio), nowMs);
    }
    if (isRefused === this.#isThrottling || (!isRefused && ratio > 0)) return;
    this.#isThrottling = isRefused;
    this.#hooks.throttled(isRefused, ratio);
  }

  /** Says whether there was a server for it. */
  #firstTry(request: Request, nowMs: number): boolean {
    const slot = this.#pick(request, nowMs, request.isRepeatable);
    if (slot < 0) return false;
    if (request.state === 'waiting') this.#leaveQueue(request);
    const isTrial = this.#try(request, slot, nowMs, false);
    if (!isTrial) this.#planHedge(request, nowMs);
    return true;
  }

  #pick(request: Request, nowMs: number, mayTry: boolean): number {
    const slot = this.#roster.pick(nowMs, { tried: request.tried, key: request.plan.key, mayTry });
    // A listener that was told of a server meanwhile may have ended the request.
    if (slot < 0 || request.state !== 'done') return slot;
    this.#roster.release(slot, nowMs);
    return -1;
  }

  /** Waits for a server where that can help. */
  #unavailable(request: Request, nowMs: number): void {
    if (request.state === 'done') return;
    const { kind, reasons } = this.#roster.why([]);
    if (kind === 'full') this.#wait(request, nowMs);
    else this.#fail(request, 'noServer', new NoServerError(this.#settings.name, reasons), nowMs);
  }

  #wait(request: Request, nowMs: number): void {
    if (this.#queue.size >= this.#settings.queueLimit) {
      this.queueFullMs = nowMs;
      const error = new QueueFullError(this.#settings.name, this.#queue.size);
      this.#fail(request, 'queueFull', error, nowMs);
      return;
    }
    this.#running.remove(request);
    request.state = 'waiting';
    this.#queue.push(request);
    request.dueMs = request.deadlineAtMs;
    this.#deadlines.add(request, nowMs);
  }

  #leaveQueue(request: Request): void {
    this.#queue.remove(request);
    this.#deadlines.remove(request);
    request.state = 'running';
    this.#running.push(request);
  }

  /** Gives servers to those who wait, first come, first served, as far as there are any. */
  #serve(nowMs: number): void {
    // Listeners and functions that are called on the way may send requests, which must not take the same turn.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (let request = this.#queue.first; request; request = this.#queue.first) {
        if (this.#firstTry(request, nowMs) || request.state !== 'waiting') continue;
        const { kind, reasons } = this.#roster.why(request.tried ?? []);
        if (kind === 'full') break;
        this.#fail(request, 'noServer', new NoServerError(this.#settings.name, reasons), nowMs);
      }
    } finally {
      this.#isServing = false;
    }
  }

  /** Says whether it is the trial of a server that was ejected. */
  #try(request: Request, slot: number, nowMs: number, isHedge: boolean): boolean {
    const server = this.#roster.server(slot);
    const isTrial = this.#roster.isTrial(slot);
    const canGoElsewhere = request.isRepeatable && this.#fleet.open > 0;
    const timeoutMs = isTrial && canGoElsewhere ? this.#trialMs(request.plan, nowMs) : request.plan.timeoutMs;
    this.tries.started += 1;
    this.attempts.start(request, server, { slot, server: server.id, timeoutMs, isTrial, isHedge }, nowMs);
    return isTrial;
  }

  #trialMs(plan: RequestPlan, nowMs: number): number {
    const usualMs = this.latency.quantile(TRIAL_QUANTILE, nowMs);
    const trialMs = usualMs === undefined ? UNKNOWN_TRIAL_MS : TRIAL_FACTOR * usualMs;
    return Math.min(plan.timeoutMs, Math.max(LEAST_TRIAL_MS, trialMs));
  }

  settled(
    request: Request,
    attempt: RunningAttempt,
    verdict: Verdict,
    outcome: Outcome,
    nowMs: number,
  ): void {
    // Who was told of the server may have ended the request.
    if (request.state === 'done') return;
    if (verdict === 'failure' || verdict === 'not-sent') {
      this.#tryFailed(request, attempt, verdict, outcome, nowMs);
      return;
    }
    if (attempt.plan.isHedge && verdict === 'success') this.tries.hedgesWon += 1;
    this.#finish(request, verdict === 'success' ? 'succeeded' : 'ignored', outcome, nowMs);
  }

  timedOut(request: Request, attempt: RunningAttempt, error: TimeoutError, nowMs: number): void {
    // As may have who was told by the signal.
    if (request.state === 'done') return;
    const given = attempt.isCut ? new TimeoutError('the request', request.plan.deadlineMs) : error;
    this.#tryFailed(request, attempt, 'timeout', { error: given }, nowMs);
  }

  failed(source: string, error: unknown): void {
    this.#hooks.failed(source, error);
  }

  /** Tries it again where that is allowed and possible; otherwise what came of this try comes of the request. */
  #tryFailed(
    request: Request,
    attempt: RunningAttempt,
    reason: TryRecord['reason'],
    outcome: Outcome,
    nowMs: number,
  ): void {
    const { slot, server } = attempt.plan;
    if (this.#hooks.wantsFailures()) {
      const durationMs = nowMs - attempt.startedMs;
      request.history ??= [];
      request.history.push({ server, number: attempt.number, reason, durationMs, ...outcome });
    }
    request.exclude(slot);
    // The other of two may still go well.
    if (request.live) return;
    this.#deadlines.remove(request);
    if (this.#retry(request, attempt, reason, nowMs)) return;
    this.#finish(request, reason === 'timeout' ? 'timedOut' : 'failed', outcome, nowMs);
  }

  #retry(request: Request, attempt: RunningAttempt, reason: TryRecord['reason'], nowMs: number): boolean {
    const { idempotent, retries } = request.plan;
    if (!(idempotent || reason === 'not-sent') || nowMs >= request.deadlineAtMs) return false;
    // A trial is the balancer's own doing, which the caller must not pay for.
    const isFree = attempt.plan.isTrial && request.isRepeatable;
    if (!isFree) {
      if (request.extraTries >= retries || this.throttle.refuses(nowMs)) return false;
      if (!this.budget.take(nowMs)) return false;
    }
    const slot = this.#pick(request, nowMs, false);
    if (slot < 0) {
      if (isFree) return this.#waitElsewhere(request, nowMs);
      this.budget.giveBack();
      return false;
    }
    if (!isFree) request.extraTries += 1;
    const counted: RetryReason = isFree ? 'trial' : reason;
    this.tries.retries[counted] += 1;
    const to = this.#roster.server(slot).id;
    const number = request.tries + 1;
    this.#try(request, slot, nowMs, false);
    this.#hooks.retried(attempt.plan.server, to, number, counted);
    return true;
  }

  /** After a trial that failed: says whether another server is worth waiting for. */
  #waitElsewhere(request: Request, nowMs: number): boolean {
    if (request.state === 'done' || this.#queue.size >= this.#settings.queueLimit) return false;
    if (this.#roster.why(request.tried ?? []).kind !== 'full') return false;
    this.#wait(request, nowMs);
    return true;
  }

  #planHedge(request: Request, nowMs: number): void {
    const { hedgeQuantile } = this.#settings;
    if (hedgeQuantile === undefined || !request.plan.hedge || !request.isRepeatable) return;
    // The function may have ended it at once.
    if (request.state === 'done') return;
    const delayMs = this.latency.quantile(hedgeQuantile, nowMs);
    if (delayMs === undefined || delayMs >= request.plan.timeoutMs) return;
    request.dueMs = nowMs + delayMs;
    this.#deadlines.add(request, nowMs);
  }

  /** The time of a request that waits is up, or one that is tried takes long. */
  readonly #requestIsDue = (request: Request, nowMs: number): void => {
    if (request.state === 'waiting') {
      const error = new TimeoutError('the request, which waited for a server,', request.plan.deadlineMs);
      this.#fail(request, 'timedOut', error, nowMs);
    } else if (request.live) {
      this.#hedge(request, request.live, nowMs);
    }
  };

  #hedge(request: Request, first: RunningAttempt, nowMs: number): void {
    // While servers fail, more load is the last thing that they need.
    if (this.throttle.ratio(nowMs) > 0 || !this.budget.take(nowMs)) return;
    request.exclude(first.plan.slot);
    const slot = this.#pick(request, nowMs, false);
    if (slot < 0) {
      this.budget.giveBack();
      return;
    }
    request.extraTries += 1;
    this.tries.hedges += 1;
    this.#try(request, slot, nowMs, true);
  }

  #fail(request: Request, ended: RequestOutcome, error: unknown, nowMs: number): void {
    this.#finish(request, ended, { error }, nowMs);
  }

  #finish(request: Request, ended: RequestOutcome, outcome: Outcome, nowMs: number): void {
    if (request.state === 'done') return;
    (request.state === 'waiting' ? this.#queue : this.#running).remove(request);
    request.state = 'done';
    this.#deadlines.remove(request);
    const { plan } = request;
    if (request.onAbort) plan.signal?.removeEventListener('abort', request.onAbort);
    this.requests[ended] += 1;
    const isError = 'error' in outcome;
    for (let attempt = request.live; attempt; attempt = request.live) {
      const reason = isError
        ? outcome.error
        : new EvenkeelError('another try was faster', { code: 'HEDGED' });
      this.attempts.giveUp(request, attempt, reason, ended === 'succeeded', nowMs);
    }
    const durationMs = nowMs - request.startedMs;
    this.#hooks.finished(durationMs);
    if (isError) request.reject(outcome.error);
    else request.resolve(outcome.value);
    if (ended !== 'succeeded' && ended !== 'ignored' && this.#hooks.wantsFailures()) {
      this.#hooks.failedForGood(request, isError ? outcome.error : undefined, durationMs);
    }
    this.letGo();
  }

  #stoppedError(): StateError {
    return new StateError(`load balancer "${this.#settings.name}" is stopped`);
  }
}

function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? new EvenkeelError('the request was aborted', { code: 'ABORTED' });
}
