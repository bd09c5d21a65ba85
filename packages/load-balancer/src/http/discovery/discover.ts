import {
  type Clock,
  callWithTimeout,
  type Disposer,
  type Duration,
  EvenkeelError,
  errorMessage,
  option,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import type { ServerOptions } from '../../servers/server.ts';
import type { DiscoverySource } from './discovery-source.ts';
import { type FoundServer, Membership, type ServerRegistry } from './membership.ts';

/** Options of {@link discover}. All are optional. */
export interface DiscoverOptions {
  /** What every server gets besides its address and weight. @defaultValue {} */
  readonly server?: Omit<ServerOptions, 'host' | 'port' | 'protocol' | 'weight'>;
  /** Whether an answer without servers is believed. Else it is a failure, and the servers stay. @defaultValue false */
  readonly allowEmpty?: boolean;
  /** How long a look may take. @defaultValue '10s' */
  readonly timeout?: Duration;
  /** Looks come by up to this part of their interval sooner, at random; 0 to 1. @defaultValue 0.1 */
  readonly jitter?: number;
  /** Learns why a look failed, or a server could not be added. What it throws is ignored. @defaultValue nobody does */
  readonly onError?: (error: unknown) => unknown;
  /** @defaultValue systemClock */
  readonly clock?: Clock;
  /** Uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
}

/** Discovery at work. */
export interface Discovery {
  /** Looks now; resolves when what was found has been applied. Never rejects. */
  refresh(): Promise<void>;
  /** How it does. */
  status(): DiscoveryStatus;
  /** Ends it. The servers stay. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How discovery does. */
export interface DiscoveryStatus {
  /** Ids of the servers that it has added. */
  readonly servers: readonly string[];
  /** Epoch ms of the last look that went well. */
  readonly updatedAt: number | undefined;
  /** Failures since then. */
  readonly failures: number;
  /** What the last one said. */
  readonly error: string | undefined;
}

/* The first pause after a failure; it doubles up to the source's interval. */
const FIRST_RETRY_MS = 1000;
/* For sources that have none. */
const LONGEST_RETRY_MS = 30_000;

/**
 * Keeps the servers of a balancer as a source has them: new ones are added, those that have gone are drained and
 * removed, and changed weights, ports and addresses updated, with all that is known of the server. While the source
 * fails, the servers stay as they are. Begins at once.
 *
 * @throws ConfigurationError
 * @example
 * const discovery = discover(balancer, dnsDiscovery({ name: 'api.internal', port: 8080 }));
 */
export function discover(
  registry: ServerRegistry,
  source: DiscoverySource,
  options?: DiscoverOptions,
): Discovery {
  const methods = option.withMethods<ServerRegistry>('addServer', 'updateServer', 'removeServer');
  readValue('discover', 'registry', registry, methods);
  const looker = new Looker(registry, source, options);
  looker.start();
  const stop = (): Promise<void> => looker.stop();
  return {
    refresh: () => looker.look(),
    status: () => looker.status(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

class Looker {
  readonly #source: DiscoverySource;
  readonly #membership: Membership;
  readonly #allowEmpty: boolean;
  readonly #timeoutMs: number;
  readonly #jitter: number;
  readonly #onError: (error: unknown) => unknown;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #stopped = new AbortController();
  #cancelTimer: Disposer = () => {};
  #looking: Promise<void> | undefined;
  #updatedAt: number | undefined;
  #failures = 0;
  #error: string | undefined;

  constructor(registry: ServerRegistry, source: DiscoverySource, options: DiscoverOptions | undefined) {
    const owner = 'discover';
    const read = readOptions(owner, options, {
      server: option.withMethods<ServerOptions>().default({}),
      allowEmpty: option.boolean().default(false),
      timeout: option.duration({ min: 1 }).default(10_000),
      jitter: option.number({ min: 0, max: 1 }).default(0.1),
      onError: option.callback<(error: unknown) => unknown>().default(() => {}),
      clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
      random: option.callback<() => number>().default(Math.random),
    });
    const checked = option.withMethods<ServerRegistry>('addServer', 'updateServer', 'removeServer');
    this.#source = readValue(owner, 'source', source, option.withMethods<DiscoverySource>('look'));
    this.#membership = new Membership(readValue(owner, 'balancer', registry, checked), read.server, (error) =>
      this.#tell(error),
    );
    this.#allowEmpty = read.allowEmpty;
    this.#timeoutMs = read.timeout;
    this.#jitter = read.jitter;
    this.#onError = read.onError;
    this.#clock = read.clock;
    this.#random = read.random;
  }

  start(): void {
    if (this.#source.follow) void this.#follow();
    else void this.look();
  }

  /** Joins the look under way. */
  look(): Promise<void> {
    if (this.#stopped.signal.aborted || this.#source.follow) return Promise.resolve();
    this.#cancelTimer();
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  status(): DiscoveryStatus {
    return {
      servers: this.#membership.ids,
      updatedAt: this.#updatedAt,
      failures: this.#failures,
      error: this.#error,
    };
  }

  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#membership.stop();
    this.#stopped.abort(new EvenkeelError('discovery is stopped', { code: 'STOPPED' }));
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { signal } = this.#stopped;
    try {
      const found = await callWithTimeout((each) => this.#source.look(each), {
        timeoutMs: this.#timeoutMs,
        what: `looking at ${this.#source.name}`,
        signal,
        clock: this.#clock,
      });
      if (signal.aborted) return;
      this.#apply(found.servers);
      const { intervalMs } = this.#source;
      if (intervalMs !== undefined) this.#again(Math.min(intervalMs, found.validMs ?? intervalMs));
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    try {
      const lists = this.#source.follow?.(signal)[Symbol.asyncIterator]();
      // It may never yield again: nobody waits for it then.
      signal.addEventListener('abort', () => lists?.return?.()?.then(undefined, () => {}), { once: true });
      for (let next = await lists?.next(); next && !next.done; next = await lists?.next()) {
        if (signal.aborted) return;
        try {
          this.#apply(next.value);
        } catch (error) {
          this.#note(error);
        }
      }
    } catch (error) {
      if (!signal.aborted) this.#failed(error);
    }
  }

  #apply(servers: unknown): void {
    const list = readValue('discover', 'servers', servers, SERVERS);
    if (list.length === 0 && !this.#allowEmpty) {
      throw new EvenkeelError(`${this.#source.name} has no servers`, { code: 'NO_SERVERS_FOUND' });
    }
    this.#membership.apply(list);
    this.#updatedAt = this.#clock.now();
    this.#failures = 0;
    this.#error = undefined;
  }

  #failed(error: unknown): void {
    this.#note(error);
    const longest = this.#source.intervalMs ?? LONGEST_RETRY_MS;
    this.#again(Math.min(longest, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 10)));
  }

  #note(error: unknown): void {
    this.#failures += 1;
    this.#error = errorMessage(error);
    this.#tell(error);
  }

  #again(delayMs: number): void {
    this.#cancelTimer();
    const early = this.#jitter * this.#random() * delayMs;
    this.#cancelTimer = this.#clock.setTimeout(() => this.start(), delayMs - early);
  }

  #tell(error: unknown): void {
    try {
      const result = this.#onError(error);
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** Sources may be the user's. */
const SERVERS = option.listOf(
  option.object<FoundServer>({
    host: option.string(),
    port: option.integer({ min: 1, max: 65_535 }).optional(),
    id: option.string().optional(),
    protocol: option.oneOf(['http', 'https']).optional(),
    weight: option.number({ min: 0.001, max: 1000 }).optional(),
  }),
);
