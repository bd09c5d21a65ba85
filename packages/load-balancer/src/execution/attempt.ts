import type { Linked } from '@evenkeel/core';
import type { Deadline } from './deadlines.ts';
import type { Request } from './request.ts';

/** One try of a request, as the caller's function gets it. Its members may be taken out of it. */
export interface Attempt {
  /** Fires when the try is over before the function is: at a time-out, an abort, or when another try was faster. */
  readonly signal: AbortSignal;
  /** Which try of the request it is, from 1. */
  readonly number: number;
  /**
   * Keeps the request counted as in flight on the server until `work` settles although the function has settled:
   * for a body that is still streaming. What `work` rejects with is ignored.
   *
   * @throws StateError when the function has settled already
   */
  readonly holdUntil: (work: PromiseLike<unknown>) => void;
  /** The server has said how busy it is: 0 idle, 1 as busy as it should be. For the strategy `resource-based`. */
  readonly reportLoad: (load: number) => void;
}

/** What an attempt asks of those who run it. */
export interface AttemptHost {
  expired(attempt: RunningAttempt, nowMs: number): void;
  hold(attempt: RunningAttempt, work: PromiseLike<unknown>): void;
  report(attempt: RunningAttempt, load: number): void;
}

/** What is known of an attempt when it begins. */
export interface AttemptPlan {
  readonly slot: number;
  readonly server: string;
  readonly timeoutMs: number;
  /** A server that was ejected is tried with it. */
  readonly isTrial: boolean;
  /** It runs beside another. */
  readonly isHedge: boolean;
}

/** An {@link Attempt} from inside. */
export class RunningAttempt implements Attempt, Deadline, Linked<RunningAttempt> {
  readonly #host: AttemptHost;
  readonly number: number;
  readonly plan: AttemptPlan;
  readonly startedMs: number;
  /** It has less time than tries have, since others took theirs: its time-out is not the server's fault. */
  readonly isCut: boolean;
  /** None once nobody waits for it: what is never done must not keep its request in memory. */
  request: Request | undefined;
  /**
   * - `running`: counts as in flight on its server; its request waits for it
   * - `held`: the function is done, and the server still busy with it
   * - `abandoned`: given up, and gone from the server's count; the function is not done
   * - `ended`
   */
  state: 'running' | 'held' | 'abandoned' | 'ended' = 'running';
  /** Works that hold it. */
  holds = 0;
  /** Whether it is in the list of those that were abandoned. */
  isListed = false;
  readonly dueMs: number;
  position = -1;
  previous: RunningAttempt | undefined = undefined;
  next: RunningAttempt | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #abortReason: unknown = undefined;

  constructor(host: AttemptHost, request: Request, plan: AttemptPlan, nowMs: number) {
    this.#host = host;
    this.request = request;
    request.tries += 1;
    this.number = request.tries;
    this.plan = plan;
    this.startedMs = nowMs;
    const dueMs = nowMs + plan.timeoutMs;
    this.isCut = dueMs > request.deadlineAtMs;
    this.dueMs = this.isCut ? request.deadlineAtMs : dueMs;
  }

  // Made when it is asked for: it costs more than all the rest of a request.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.state === 'abandoned') this.#controller.abort(this.#abortReason);
    }
    return this.#controller.signal;
  }

  get holdUntil(): (work: PromiseLike<unknown>) => void {
    return (work) => this.#host.hold(this, work);
  }

  get reportLoad(): (load: number) => void {
    return (load) => this.#host.report(this, load);
  }

  /** After the state is `abandoned`. */
  abort(reason: unknown): void {
    this.#abortReason = reason;
    this.#controller?.abort(reason);
  }

  expire(nowMs: number): void {
    this.#host.expired(this, nowMs);
  }
}
