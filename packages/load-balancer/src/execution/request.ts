import type { Linked } from '@evenkeel/core';
import type { Server } from '../servers/server.ts';
import type { Attempt, RunningAttempt } from './attempt.ts';
import type { Deadline } from './deadlines.ts';
import type { RequestPlan } from './request-options.ts';

/** What is called with the server that was chosen. */
export type RequestCall = (server: Server, attempt: Attempt) => unknown;

/** A try that failed. */
export interface TryRecord {
  readonly server: string;
  /** From 1. */
  readonly number: number;
  readonly reason: 'failure' | 'not-sent' | 'timeout';
  readonly durationMs: number;
  /** What it threw, or its time-out; absent where it returned a value that was judged a failure. */
  readonly error?: unknown;
}

/** A request on its way. In the queue while it waits for a server, in a list of the executor while it is tried. */
export class Request implements Deadline, Linked<Request> {
  readonly call: RequestCall;
  readonly plan: RequestPlan;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly #expire: (request: Request, nowMs: number) => void;
  state: 'waiting' | 'running' | 'done' = 'running';
  startedMs = 0;
  deadlineAtMs = 0;
  /** All tries so far. */
  tries = 0;
  /** Tries so far that count against `retries`. */
  extraTries = 0;
  /** The tries that are under way: one, or two where it was hedged. */
  live: RunningAttempt | undefined = undefined;
  hedge: RunningAttempt | undefined = undefined;
  /** Slots of the servers it was tried on. */
  tried: number[] | undefined = undefined;
  history: TryRecord[] | undefined = undefined;
  onAbort: (() => void) | undefined = undefined;
  /* While it waits, the end of its time; while it is tried, the time of the second try beside the first. */
  dueMs = 0;
  position = -1;
  previous: Request | undefined = undefined;
  next: Request | undefined = undefined;

  constructor(
    call: RequestCall,
    plan: RequestPlan,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    expire: (request: Request, nowMs: number) => void,
  ) {
    this.call = call;
    this.plan = plan;
    this.resolve = resolve;
    this.reject = reject;
    this.#expire = expire;
  }

  expire(nowMs: number): void {
    this.#expire(this, nowMs);
  }

  /** A try is under way. */
  began(attempt: RunningAttempt): void {
    if (this.live === undefined) this.live = attempt;
    else this.hedge = attempt;
  }

  /** A try that was under way is over. */
  ended(attempt: RunningAttempt): void {
    if (this.hedge !== attempt) this.live = this.hedge;
    this.hedge = undefined;
  }

  /** It is not to be tried there again. */
  exclude(slot: number): void {
    this.tried ??= [];
    if (!this.tried.includes(slot)) this.tried.push(slot);
  }

  /** Whether doing it a second time is allowed. */
  get isRepeatable(): boolean {
    return this.plan.idempotent && this.plan.retries > 0;
  }
}
