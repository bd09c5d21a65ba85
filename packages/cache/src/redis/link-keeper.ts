import { type Clock, callWithTimeout, type Disposer, EvenkeelError } from '@evenkeel/core';
import { Backoff } from './backoff.ts';
import type { LinkEvents, RedisDriver, RedisLink } from './driver.ts';

/* A server that restarts is found again soon; one that stays away is asked every other second. */
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2000;

/* How many beats in a row may go without an answer before the connection is given up. */
const SILENT_BEATS = 8;

export interface LinkKeeperOptions<Answer> {
  readonly driver: RedisDriver;
  /** Of the keys that are signalled. */
  readonly prefix: string;
  /** Time between beats, in ms. */
  readonly beatMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** What a beat asks of the server. */
  readonly ask: (link: RedisLink) => Promise<Answer>;
  readonly events: Pick<LinkEvents, 'signalled' | 'flushed'> & {
    /** The first beat of a new link was answered; it was asked at `askedMs`, monotonic. */
    up(link: RedisLink, askedMs: number, answer: Answer): void;
    /** Another beat was answered. */
    beat(askedMs: number, answer: Answer): void;
    /** The link that was up is lost. */
    down(error: unknown): void;
    /** No link could be opened; it will be tried again. */
    failed(error: unknown): void;
  };
}

/**
 * Keeps one link open: opens another when it is lost, after a back-off, for ever; and has it beat. A beat proves that
 * all signals have arrived that the server had sent before the beat was asked for.
 */
export class LinkKeeper<Answer> {
  readonly #options: LinkKeeperOptions<Answer>;
  readonly #backoff: Backoff;
  #link: RedisLink | undefined;
  #isUp = false;
  #asking = false;
  #silentBeats = 0;
  #cancelTimer: Disposer | undefined;

  constructor(options: LinkKeeperOptions<Answer>) {
    this.#options = options;
    this.#backoff = new Backoff(FIRST_RETRY_MS, LONGEST_RETRY_MS, options.random);
  }

  start(): void {
    if (!this.#link && !this.#cancelTimer) this.#open();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#link?.close();
    this.#link = undefined;
    this.#isUp = false;
  }

  #open(): void {
    const { driver, prefix, beatMs, events } = this.#options;
    this.#cancelTimer = undefined;
    // Events of a link that was given up are nobody's.
    const ifCurrent =
      <Data extends readonly unknown[]>(handle: (...data: Data) => void) =>
      (...data: Data): void => {
        if (link !== undefined && link === this.#link) handle(...data);
      };
    let link: RedisLink | undefined;
    try {
      link = driver.open(prefix, SILENT_BEATS * beatMs, {
        signalled: ifCurrent((names: readonly string[]) => events.signalled(names)),
        flushed: ifCurrent(() => events.flushed()),
        lost: ifCurrent((error: unknown) => this.#lose(error)),
      });
    } catch (error) {
      this.#retry(error);
      return;
    }
    this.#link = link;
    void this.#greet(link);
  }

  async #greet(link: RedisLink): Promise<void> {
    const { clock, beatMs, events } = this.#options;
    try {
      const { askedMs, answer } = await callWithTimeout(
        async () => {
          await link.opened;
          return await this.#ask(link);
        },
        { what: 'connecting to Redis', timeoutMs: SILENT_BEATS * beatMs, clock },
      );
      if (link !== this.#link) return;
      this.#isUp = true;
      this.#asking = false;
      this.#silentBeats = 0;
      this.#backoff.reset();
      this.#cancelTimer = clock.setInterval(() => this.#tick(link), beatMs);
      events.up(link, askedMs, answer);
    } catch (error) {
      if (link === this.#link) this.#lose(error);
    }
  }

  async #ask(link: RedisLink): Promise<{ readonly askedMs: number; readonly answer: Answer }> {
    const askedMs = this.#options.clock.monotonic();
    const answer = await this.#options.ask(link);
    await link.drained();
    return { askedMs, answer };
  }

  #tick(link: RedisLink): void {
    if (this.#asking) {
      // Counted in beats, not in time: after a blocked event loop the answer may be there, only not read yet.
      this.#silentBeats += 1;
      if (this.#silentBeats >= SILENT_BEATS) {
        const silentMs = this.#silentBeats * this.#options.beatMs;
        this.#lose(new EvenkeelError(`Redis has not answered for ${silentMs} ms`, { code: 'REDIS_SILENT' }));
      }
      return;
    }
    this.#asking = true;
    this.#ask(link).then(
      ({ askedMs, answer }) => {
        if (link !== this.#link) return;
        this.#asking = false;
        this.#silentBeats = 0;
        this.#options.events.beat(askedMs, answer);
      },
      (error: unknown) => {
        if (link === this.#link) this.#lose(error);
      },
    );
  }

  #lose(error: unknown): void {
    const wasUp = this.#isUp;
    this.#cancelTimer?.();
    this.#isUp = false;
    this.#link?.close();
    this.#link = undefined;
    this.#retry(error, wasUp);
  }

  #retry(error: unknown, wasUp = false): void {
    const { clock, events } = this.#options;
    this.#cancelTimer = clock.setTimeout(() => this.#open(), this.#backoff.nextMs());
    if (wasUp) events.down(error);
    else events.failed(error);
  }
}
