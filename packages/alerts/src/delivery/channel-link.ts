import { type Clock, callWithTimeout } from '@evenkeel/core';
import type { Channel, Message } from '../channels/channel.ts';
import { nextDelay } from './backoff.ts';
import type { DeliverySettings } from './delivery-options.ts';
import { TokenBucket } from './token-bucket.ts';

/* One failure happens; after this many in a row the receiver is taken to be away. */
const DOWN_AFTER = 3;

/* While it is away, one message tries its luck at most this rarely, so that its return is noticed soon. */
const LONGEST_PROBE_MS = 30_000;

/* Calls that were given up and still hang: each holds memory and perhaps a socket. Beyond that they must be rare. */
const MAX_HUNG = 10;
const HUNG_PROBE_MS = 900_000;

/** How one channel does: whether it may be used now, and by how many messages at once. Times are monotonic, in ms. */
export class ChannelLink {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #settings: DeliverySettings;
  readonly #bucket: TokenBucket;
  readonly channel: Channel;
  #failures = 0;
  #probeDelayMs = 0;
  #notBeforeMs = 0;
  #hung = 0;

  constructor(channel: Channel, settings: DeliverySettings, clock: Clock, random: () => number) {
    this.channel = channel;
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#bucket = new TokenBucket(channel.repeatMs === undefined ? settings.messagesPerMinute : Infinity);
  }

  /** The receiver has failed several times in a row. */
  get isDown(): boolean {
    return this.#failures >= DOWN_AFTER;
  }

  /** Messages that may be on their way at once. */
  get concurrency(): number {
    return this.isDown ? 1 : (this.channel.concurrency ?? 1);
  }

  /** Until when it is left alone: it is away, hangs, or has asked for it. */
  get blockedUntilMs(): number {
    return this.#notBeforeMs;
  }

  /** When the rate limit lets the next message through. */
  freeMs(nowMs: number): number {
    return this.#bucket.readyMs(nowMs);
  }

  /**
   * Tries once. Rejects with what the channel rejects with, `TimeoutError`, or the reason of the signal.
   *
   * @param onLate a try that was given up has ended after all: the receiver has taken the message or not
   */
  async send(message: Message, signal: AbortSignal, onLate: (isTaken: boolean) => void): Promise<void> {
    this.#bucket.take();
    let isRunning = false;
    const call = async (abort: AbortSignal): Promise<void> => {
      isRunning = true;
      try {
        await this.channel.send(message, abort);
      } finally {
        isRunning = false;
      }
    };
    try {
      await callWithTimeout(call, {
        timeoutMs: this.#settings.timeout,
        what: `channel ${JSON.stringify(this.channel.name)}`,
        signal,
        clock: this.#clock,
        onLate: (outcome) => {
          this.#hung -= 1;
          onLate('value' in outcome);
        },
      });
    } catch (error) {
      if (isRunning) this.#hung += 1;
      throw error;
    }
  }

  /** The receiver has answered. */
  works(): void {
    this.#failures = 0;
    this.#probeDelayMs = 0;
    this.#notBeforeMs = 0;
  }

  /** A try has failed in a way that may pass. */
  fails(retryAfterMs: number): void {
    const nowMs = this.#clock.monotonic();
    this.#failures += 1;
    if (retryAfterMs > 0) this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + retryAfterMs);
    if (!this.isDown) return;
    this.#probeDelayMs = nextDelay(this.#probeDelayMs, {
      firstMs: this.#settings.retryFirst,
      longestMs: Math.min(LONGEST_PROBE_MS, this.#settings.retryLongest),
      random: this.#random,
    });
    const delayMs = this.#hung < MAX_HUNG ? this.#probeDelayMs : HUNG_PROBE_MS;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + delayMs);
  }
}
