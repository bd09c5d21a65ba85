import {
  type Clock,
  callWithTimeout,
  type Disposer,
  EvenkeelError,
  errorMessage,
  formatDuration,
} from '@evenkeel/core';
import type { Server } from '../servers/server.ts';
import type { HealthCheckSettings } from './health-check-settings.ts';
import type { ServerCheck } from './server-check.ts';

/** What a server's checks say of it, after the thresholds. */
export type CheckStatus = 'unchecked' | 'passing' | 'failing';

/** What a checker is made of and whom it tells. */
export interface ServerCheckerOptions {
  readonly check: ServerCheck;
  /** The server as it is now. */
  readonly server: () => Server;
  readonly status: CheckStatus;
  readonly settings: HealthCheckSettings;
  readonly clock: Clock;
  readonly random: () => number;
  /** Called after every check. `failure` tells why it failed. */
  readonly onResult: (status: CheckStatus, failure: string | undefined) => void;
  /** A check has not ended although it was told to; called once for each. */
  readonly onHang: (error: Error) => void;
}

/* A check that ignores its signal for so long is taken for lost, and one more is tried. */
const LOST_AFTER_MS = 30_000;
const LOST_AFTER_TIMEOUTS = 10;

/* Each lost check may hold a connection: past these no further one begins until one has ended. */
const MAX_UNSETTLED = 3;

/** Checks one server periodically, one check at a time. */
export class ServerChecker {
  readonly #options: ServerCheckerOptions;
  #status: CheckStatus;
  /* Results in a row that differ from the status. */
  #differing = 0;
  #unsettled = 0;
  #startedMs = 0;
  #isHangKnown = false;
  #cancelTimer: Disposer = () => {};
  #controller: AbortController | undefined;
  #flight: Promise<void> | undefined;
  /* The first interval is cut short at random, so that servers that came at once are not checked at once for ever. */
  #isFirst = true;

  constructor(options: ServerCheckerOptions) {
    this.#options = options;
    this.#status = options.status;
  }

  start(delayMs: number): void {
    this.#controller = new AbortController();
    this.#wait(delayMs);
  }

  /** Ends the check under way without a result, and begins no other. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#controller?.abort();
    this.#controller = undefined;
    await this.#flight;
  }

  #wait(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.setTimeout(() => {
      this.#flight = this.#run();
    }, delayMs);
  }

  async #run(): Promise<void> {
    const { clock, settings, random } = this.#options;
    const signal = this.#controller?.signal;
    if (!signal) return;
    const nowMs = clock.monotonic();
    const hang = this.#hangs(nowMs);
    const failure = hang ? hang.message : await this.#check(nowMs, signal);
    if (signal.aborted) return;
    const factor = this.#isFirst ? random() : 1 + settings.jitter * (2 * random() - 1);
    this.#isFirst = false;
    // The next one counts from the start of this one.
    this.#wait(Math.max(0, nowMs + factor * settings.interval - clock.monotonic()));
    this.#record(failure);
  }

  /** A check that its time-out could not end stands in the way of the next. */
  #hangs(nowMs: number): Error | undefined {
    if (this.#unsettled === 0) return undefined;
    const hangingMs = nowMs - this.#startedMs;
    const lostAfterMs = Math.max(LOST_AFTER_MS, LOST_AFTER_TIMEOUTS * this.#options.settings.timeout);
    if (hangingMs >= lostAfterMs && this.#unsettled < MAX_UNSETTLED) return undefined;
    const error = new EvenkeelError(`a check has not returned for ${formatDuration(hangingMs)}`, {
      code: 'CHECK_HANGS',
    });
    if (!this.#isHangKnown) this.#options.onHang(error);
    this.#isHangKnown = true;
    return error;
  }

  /** Why it failed; `undefined` when it passed. */
  async #check(nowMs: number, signal: AbortSignal): Promise<string | undefined> {
    const { check, server, settings, clock } = this.#options;
    this.#startedMs = nowMs;
    this.#isHangKnown = false;
    const call = async (ended: AbortSignal): Promise<unknown> => {
      this.#unsettled += 1;
      try {
        return await check(server(), ended);
      } finally {
        this.#unsettled -= 1;
      }
    };
    try {
      const result = await callWithTimeout(call, {
        timeoutMs: settings.timeout,
        what: 'the check',
        signal,
        clock,
      });
      return result === false ? 'the check says no' : undefined;
    } catch (thrown) {
      return errorMessage(thrown);
    }
  }

  #record(failure: string | undefined): void {
    const { healthyThreshold, unhealthyThreshold } = this.#options.settings;
    const result = failure === undefined ? 'passing' : 'failing';
    this.#differing = result === this.#status ? 0 : this.#differing + 1;
    const threshold = result === 'passing' ? healthyThreshold : unhealthyThreshold;
    // The first result counts at once: there is nothing yet to hold on to.
    if (this.#status === 'unchecked' || this.#differing >= threshold) {
      this.#status = result;
      this.#differing = 0;
    }
    this.#options.onResult(this.#status, failure);
  }
}
