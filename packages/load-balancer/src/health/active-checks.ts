import type { Clock } from '@evenkeel/core';
import type { Member } from '../servers/member.ts';
import type { HealthCheckSettings } from './health-check-settings.ts';
import { type CheckStatus, ServerChecker } from './server-checker.ts';

/* The first checks of many servers begin so far apart, on average; but all within an interval. */
const FIRST_CHECK_SPACING_MS = 5;

/** What the checks are made of and whom they tell. */
export interface ActiveChecksOptions {
  readonly settings: HealthCheckSettings;
  readonly clock: Clock;
  readonly random: () => number;
  /** A check has ended; `failure` tells why it failed. */
  readonly onCheck: (member: Member, status: CheckStatus, failure: string | undefined) => void;
  /** A check has not ended although it was told to. */
  readonly onHang: (id: string, error: Error) => void;
}

/** The active checks of all servers that have one. */
export class ActiveChecks {
  readonly #options: ActiveChecksOptions;
  readonly #ending = new Set<Promise<void>>();
  #isRunning = false;

  constructor(options: ActiveChecksOptions) {
    this.#options = options;
  }

  start(members: Iterable<Member>): void {
    this.#isRunning = true;
    const all = [...members];
    for (const member of all) this.watch(member, all.length);
  }

  /** Ends all checks and waits for those under way. */
  async stop(members: Iterable<Member>): Promise<void> {
    this.#isRunning = false;
    for (const member of members) this.unwatch(member);
    await Promise.all(this.#ending);
  }

  /**
   * Begins the server's checks, if it has any and they are to run.
   *
   * @param among how many servers there are
   */
  watch(member: Member, among: number): void {
    const { check } = member.settings;
    if (!this.#isRunning || !check || member.checker || member.drain) return;
    const { settings, clock, random, onCheck, onHang } = this.#options;
    const checker: ServerChecker = new ServerChecker({
      check,
      server: () => member.server,
      status: member.checkStatus === 'none' ? 'unchecked' : member.checkStatus,
      settings,
      clock,
      random,
      onResult: (status, failure) => {
        if (member.checker === checker) onCheck(member, status, failure);
      },
      onHang: (error) => onHang(member.id, error),
    });
    member.checker = checker;
    checker.start(random() * Math.min(settings.interval, among * FIRST_CHECK_SPACING_MS));
  }

  /** Ends the server's checks. */
  unwatch(member: Member): void {
    const { checker } = member;
    if (!checker) return;
    member.checker = undefined;
    const ending = checker.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
