import { randomUUID } from 'node:crypto';
import { type Clock, EvenkeelError, TimeoutError } from '@evenkeel/core';
import type { Argument, RedisLink, Reply } from './driver.ts';
import { HELLO, type Script } from './scripts.ts';

/** A point in the order of invalidations, as Redis counts them. */
export interface Horizon {
  readonly epoch: number;
  /** Where the counting began: another one means that Redis has lost its data. */
  readonly origin: number;
  /** The server's wall time then, in ms. */
  readonly serverMs: number;
}

/**
 * What is done over one link, and what is known of Redis by it. Fences are good for the session that gave them only:
 * a server that was restarted, or replaced by a replica that lacks its last writes, can be found over a new link alone.
 */
export class Session {
  /** Tells the session's own signals from those of others. */
  readonly id = randomUUID();
  readonly link: RedisLink;
  readonly #clock: Clock;
  #horizon: Horizon;

  constructor(link: RedisLink, horizon: Horizon, clock: Clock) {
    this.link = link;
    this.#horizon = horizon;
    this.#clock = clock;
  }

  /** Opens a session with a first question to Redis. */
  static async hello(link: RedisLink, stateKey: string): Promise<Horizon> {
    return readHorizon(await runScript(link, HELLO, [stateKey], [], () => true), 0);
  }

  /** The latest that is known. */
  get horizon(): Horizon {
    return this.#horizon;
  }

  /** Takes note of what a reply says. True when Redis has lost its data since the last. */
  learn(horizon: Horizon): boolean {
    const isNew = horizon.origin !== this.#horizon.origin;
    if (isNew || horizon.epoch >= this.#horizon.epoch) this.#horizon = horizon;
    return isNew;
  }

  /** Takes note of the epoch of a signal, which no time comes with: the last known is from before, which is safe. */
  learnEpoch(epoch: number): void {
    if (epoch > this.#horizon.epoch) this.#horizon = { ...this.#horizon, epoch };
  }

  /**
   * Runs a script; KEYS[1] is the state.
   *
   * @param endMs when to give up, monotonic
   * @throws TimeoutError
   */
  run(script: Script, keys: readonly string[], args: readonly Argument[], endMs: number): Promise<Reply> {
    return this.#until(endMs, (isWaiting) => runScript(this.link, script, keys, args, isWaiting));
  }

  /** Sends a command. @throws TimeoutError */
  send(args: readonly Argument[], endMs: number): Promise<Reply> {
    return this.#until(endMs, () => this.link.send(args));
  }

  #until(endMs: number, call: (isWaiting: () => boolean) => Promise<Reply>): Promise<Reply> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const timeoutMs = Math.max(0, endMs - this.#clock.monotonic());
      const cancel = this.#clock.setTimeout(() => {
        // After a blocked event loop the answer may be there, only not read yet: sockets come after timers.
        setImmediate(() => {
          waiting = false;
          reject(new TimeoutError('Redis', Math.round(timeoutMs)));
        });
      }, timeoutMs);
      call(() => waiting).then(
        (reply) => {
          cancel();
          resolve(reply);
        },
        (error: unknown) => {
          cancel();
          reject(error);
        },
      );
    });
  }
}

/** By its digest, and whole only where the server does not know it (anymore): nothing is sent late. */
async function runScript(
  link: RedisLink,
  { source, sha1 }: Script,
  keys: readonly string[],
  args: readonly Argument[],
  isWaiting: () => boolean,
): Promise<Reply> {
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await link.send(['EVALSHA', sha1, ...rest]);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT') && isWaiting())) throw error;
    return await link.send(['EVAL', source, ...rest]);
  }
}

/** Epoch, origin and time, as the scripts return them from `index` on. */
export function readHorizon(reply: Reply, index: number): Horizon {
  return {
    epoch: readInteger(reply, index),
    origin: readInteger(reply, index + 1),
    serverMs: readInteger(reply, index + 2),
  };
}

export function readInteger(reply: Reply, index: number): number {
  const value = item(reply, index);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw unexpected(reply);
}

export function readBytes(reply: Reply, index: number): Buffer {
  const value = item(reply, index);
  if (Buffer.isBuffer(value)) return value;
  throw unexpected(reply);
}

export function readList(reply: Reply, index: number): readonly Reply[] {
  const value = item(reply, index);
  if (Array.isArray(value)) return value;
  throw unexpected(reply);
}

export function unexpected(reply: Reply): EvenkeelError {
  const shown = Array.isArray(reply) ? `a list of ${reply.length}` : String(reply);
  return new EvenkeelError(`Redis replied what is not understood: ${shown}`, { code: 'REDIS_REPLY' });
}

function item(reply: Reply, index: number): Reply | undefined {
  return Array.isArray(reply) ? reply[index] : undefined;
}
