import {
  type Clock,
  ConfigurationError,
  errorMessage,
  LinkedList,
  StateError,
  TimeoutError,
} from '@evenkeel/core';
import type { Observation, Roster } from '../servers/roster.ts';
import type { Server } from '../servers/server.ts';
import { type AttemptHost, type AttemptPlan, RunningAttempt } from './attempt.ts';
import type { Deadlines } from './deadlines.ts';
import type { RecentLatency } from './recent-latency.ts';
import type { Request } from './request.ts';
import type { Throttle } from './throttle.ts';
import { isVerdict, judgeByError, type Outcome, type Verdict } from './verdict.ts';

/** What becomes of attempts, for their requests. */
export interface AttemptsHooks {
  /** The function has settled. */
  settled(request: Request, attempt: RunningAttempt, verdict: Verdict, outcome: Outcome, nowMs: number): void;
  /** Its time is up. */
  timedOut(request: Request, attempt: RunningAttempt, error: TimeoutError, nowMs: number): void;
  /** A server is rid of what it was held for. */
  letGo(): void;
  /** A failure that belongs to nobody's call. */
  failed(source: string, error: unknown): void;
}

/** What attempts go by, and what learns from them. */
export interface AttemptsParts {
  readonly clock: Clock;
  readonly roster: Roster;
  readonly deadlines: Deadlines;
  readonly latency: RecentLatency;
  readonly throttle: Throttle;
}

/* Calls that were given up and are not done: all are counted, and so many are listed with their age. */
const MAX_LISTED = 1000;

const SUCCESS: Observation = { verdict: 'success' };

/**
 * Calls the callers' functions, and sees to it that each attempt is counted on its server from its pick until the
 * server is rid of it, once, whatever the function does: throws, hangs, settles late, ignores its signal.
 */
export class Attempts implements AttemptHost {
  readonly #parts: AttemptsParts;
  readonly #hooks: AttemptsHooks;
  readonly #held = new LinkedList<RunningAttempt>();
  readonly #listed = new LinkedList<RunningAttempt>();
  /** Calls that were given up and are not done. */
  abandoned = 0;

  constructor(parts: AttemptsParts, hooks: AttemptsHooks) {
    this.#parts = parts;
    this.#hooks = hooks;
  }

  /** Attempts whose function is done and whose server is still busy with them. */
  get held(): number {
    return this.#held.size;
  }

  /** Of the abandoned ones those that were given up first. */
  oldestAbandoned(most: number): readonly RunningAttempt[] {
    const oldest: RunningAttempt[] = [];
    let attempt = this.#listed.first;
    for (; attempt && oldest.length < most; attempt = attempt.next) oldest.push(attempt);
    return oldest;
  }

  /** The server has the request in its count already. */
  start(request: Request, server: Server, plan: AttemptPlan, nowMs: number): void {
    const attempt = new RunningAttempt(this, request, plan, nowMs);
    request.began(attempt);
    this.#parts.deadlines.add(attempt, nowMs);
    void this.#call(request, server, attempt);
  }

  async #call(request: Request, server: Server, attempt: RunningAttempt): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = { value: await request.call(server, attempt) };
    } catch (error) {
      outcome = { error };
    }
    if (attempt.state === 'running') this.#settle(request, attempt, outcome);
    else if (attempt.state === 'abandoned') this.#forget(attempt);
  }

  #settle(request: Request, attempt: RunningAttempt, outcome: Outcome): void {
    const { clock, deadlines, roster } = this.#parts;
    const verdict = this.#judge(request, outcome);
    // The judge may have ended it.
    if (attempt.state !== 'running') return;
    const nowMs = clock.monotonic();
    deadlines.remove(attempt);
    request.ended(attempt);
    attempt.request = undefined;
    this.#learn(attempt, verdict, outcome, nowMs);
    if (attempt.holds > 0) {
      attempt.state = 'held';
      this.#held.push(attempt);
    } else {
      attempt.state = 'ended';
      roster.release(attempt.plan.slot, nowMs);
    }
    this.#hooks.settled(request, attempt, verdict, outcome, nowMs);
  }

  #learn(attempt: RunningAttempt, verdict: Verdict, outcome: Outcome, nowMs: number): void {
    if (verdict === 'success') {
      const latencyMs = nowMs - attempt.startedMs;
      this.#parts.latency.add(latencyMs, nowMs);
      this.#observe(attempt, SUCCESS, nowMs);
    } else if (verdict !== 'ignore') {
      const reason = 'error' in outcome ? errorMessage(outcome.error) : 'its answer was judged a failure';
      this.#observe(attempt, { verdict: 'failure', reason, sent: verdict === 'failure' }, nowMs);
    }
  }

  #observe(attempt: RunningAttempt, observation: Observation, nowMs: number): void {
    const { slot, isTrial } = attempt.plan;
    this.#parts.roster.observe(slot, nowMs, nowMs - attempt.startedMs, observation);
    // A server on trial was known to be bad, and tells nothing of the others.
    if (!isTrial) this.#parts.throttle.record(observation.verdict === 'success', nowMs);
  }

  expired(attempt: RunningAttempt, nowMs: number): void {
    const { request } = attempt;
    if (attempt.state !== 'running' || !request) return;
    const givenMs = Math.round(attempt.dueMs - attempt.startedMs);
    const what = `try ${attempt.number}, on server ${JSON.stringify(attempt.plan.server)},`;
    const error = new TimeoutError(what, givenMs);
    if (!attempt.isCut) {
      const reason = `no answer within ${givenMs} ms`;
      this.#observe(attempt, { verdict: 'failure', reason, sent: true }, nowMs);
      // A listener that was told of the server may have ended the request.
      if (!attempt.request) return;
    }
    this.#abandon(request, attempt, error, nowMs);
    this.#hooks.timedOut(request, attempt, error, nowMs);
  }

  /** Its request has ended without it. */
  giveUp(
    request: Request,
    attempt: RunningAttempt,
    reason: unknown,
    wasSlower: boolean,
    nowMs: number,
  ): void {
    // It took at least as long as this: a slow server whose requests others answer would be thought to be fast.
    if (wasSlower) this.#observe(attempt, SUCCESS, nowMs);
    this.#abandon(request, attempt, reason, nowMs);
  }

  /** Its server is rid of it as far as one can know; it is counted until it is done. */
  #abandon(request: Request, attempt: RunningAttempt, reason: unknown, nowMs: number): void {
    this.#parts.deadlines.remove(attempt);
    request.ended(attempt);
    attempt.request = undefined;
    attempt.state = 'abandoned';
    this.abandoned += 1;
    attempt.isListed = this.#listed.size < MAX_LISTED;
    if (attempt.isListed) this.#listed.push(attempt);
    this.#parts.roster.release(attempt.plan.slot, nowMs);
    attempt.abort(reason);
  }

  /** What was abandoned is done. */
  #forget(attempt: RunningAttempt): void {
    attempt.state = 'ended';
    this.abandoned -= 1;
    if (attempt.isListed) this.#listed.remove(attempt);
  }

  hold(attempt: RunningAttempt, work: PromiseLike<unknown>): void {
    if (attempt.state === 'held' || attempt.state === 'ended') {
      throw new StateError('holdUntil must be called before the function has settled');
    }
    attempt.holds += 1;
    const end = (): void => {
      attempt.holds -= 1;
      if (attempt.holds > 0 || attempt.state !== 'held') return;
      this.#letGo(attempt, this.#parts.clock.monotonic());
      this.#hooks.letGo();
    };
    Promise.resolve(work).then(end, end);
  }

  /** No server is busy any more with what is held. */
  letGoOfAll(nowMs: number): void {
    for (let attempt = this.#held.first; attempt; attempt = this.#held.first) this.#letGo(attempt, nowMs);
  }

  #letGo(attempt: RunningAttempt, nowMs: number): void {
    this.#held.remove(attempt);
    attempt.state = 'ended';
    this.#parts.roster.release(attempt.plan.slot, nowMs);
  }

  report(attempt: RunningAttempt, load: number): void {
    if (attempt.state !== 'running' && attempt.state !== 'held') return;
    if (typeof load === 'number' && load >= 0 && load < Number.POSITIVE_INFINITY) {
      this.#parts.roster.report(attempt.plan.slot, this.#parts.clock.monotonic(), load);
      return;
    }
    // The server said so as a rule, and it is not this request's fault.
    const issue = { path: 'load', value: load, expected: 'a number of at least 0' };
    const source = `load report of server ${JSON.stringify(attempt.plan.server)}`;
    this.#hooks.failed(source, new ConfigurationError('reportLoad', [issue]));
  }

  #judge(request: Request, outcome: Outcome): Verdict {
    const { judge } = request.plan;
    if (judge === undefined) return judgeByError(outcome);
    try {
      const verdict: unknown = judge(outcome);
      if (isVerdict(verdict)) return verdict;
      const expected = "'success', 'failure', 'not-sent' or 'ignore'";
      throw new ConfigurationError('judge', [{ path: 'result', value: verdict, expected }]);
    } catch (error) {
      this.#hooks.failed('judge', error);
      return judgeByError(outcome);
    }
  }
}
