/// <reference lib="esnext.disposable" />
import {
  type Clock,
  type ComponentHealth,
  ConfigurationError,
  Emitter,
  type ManagedComponent,
  type Recommendation,
  StateError,
} from '@evenkeel/core';
import { BalancerMetrics } from './balancer-metrics.ts';
import { describeExecution, type LoadBalancerStatistics } from './balancer-statistics.ts';
import type { Attempt } from './execution/attempt.ts';
import { Executor } from './execution/executor.ts';
import type { RequestCall } from './execution/request.ts';
import { type RequestOptions, readRequestOptions } from './execution/request-options.ts';
import type { LoadBalancerEvents } from './load-balancer-events.ts';
import {
  type LoadBalancerOptions,
  type LoadBalancerSettings,
  readLoadBalancerOptions,
} from './load-balancer-options.ts';
import { Picker } from './picker.ts';
import { healthOf, recommendationsFor } from './recommendations.ts';
import { Roster } from './servers/roster.ts';
import type { DrainOptions, Server, ServerOptions } from './servers/server.ts';

/**
 * Spreads requests over servers: any asynchronous function that is called with the server that was chosen. Servers
 * that fail are taken out and tried again; requests that may be repeated are, on other servers, as far as that does
 * not make an overload worse.
 *
 * @example
 * const balancer = new LoadBalancer();
 * balancer.addServer('a', { host: '10.0.0.1', port: 8080 });
 * balancer.addServer('b', { host: '10.0.0.2', port: 8080 });
 * const response = await balancer.executeRequest(
 *   ({ host, port }, { signal }) => fetch(`http://${host}:${port}/status`, { signal }),
 *   { idempotent: true },
 * );
 */
export class LoadBalancer<Metadata = unknown>
  extends Emitter<LoadBalancerEvents>
  implements ManagedComponent
{
  readonly name: string;
  readonly #settings: LoadBalancerSettings;
  readonly #clock: Clock;
  readonly #roster: Roster;
  readonly #executor: Executor;
  readonly #metrics: BalancerMetrics;
  #isRunning = false;
  #stopped: Promise<void> | undefined;

  /** @throws ConfigurationError */
  constructor(options?: LoadBalancerOptions) {
    const settings = readLoadBalancerOptions(options);
    super(settings.clock);
    this.name = settings.name;
    this.#settings = settings;
    this.#clock = settings.clock;
    const picker = new Picker(settings.choice);
    const failed = (source: string, error: unknown): void => this.reportError(source, error);
    this.#roster = new Roster(picker, settings, {
      clock: settings.clock,
      changed: (id, from, to) => {
        this.emit('server_changed', { id, from, to });
        this.#executor.serveWaiting();
      },
      panicked: (active, healthy, servers) => this.emit('panic', { active, healthy, servers }),
      capacity: () => this.#executor.serveWaiting(),
      failed,
    });
    this.#executor = new Executor(settings, this.#roster, picker.fleet, {
      retried: (server, to, number, reason) => this.emit('retry', { server, to, number, reason }),
      wantsFailures: () => this.hasListeners('request_failed'),
      failedForGood: ({ plan, history = [] }, error, durationMs) =>
        this.emit('request_failed', { key: plan.key, error, durationMs, tries: history }),
      throttled: (active, ratio) => this.emit('throttled', { active, ratio }),
      finished: (durationMs) => this.#metrics.requestSeconds.observe(durationMs / 1000),
      failed,
    });
    this.#metrics = new BalancerMetrics(settings.meter, settings.name, () => this.getStats());
  }

  /**
   * Adds a server; it gets traffic at once, or after its first check, with a share that grows (`slowStart`).
   *
   * @throws StateError when there is a server of that id
   * @throws ConfigurationError
   */
  addServer(id: string, options: ServerOptions<Metadata> = {}): void {
    this.#roster.add(id, options);
    this.emit('server_added', { id });
  }

  /**
   * Changes what is given and keeps the rest, with all that is known of the server.
   *
   * @throws UnknownNameError
   * @throws ConfigurationError
   */
  updateServer(id: string, changes: ServerOptions<Metadata>): void {
    this.#roster.update(id, changes);
  }

  /**
   * Sends the server no new requests. Resolves when it is gone: with the last of those in flight, or when they take
   * longer than they may. Rejects with `UnknownNameError`.
   */
  async removeServer(id: string, options?: DrainOptions): Promise<void> {
    const isFirst = this.#roster.state(id).kind !== 'draining';
    await this.#roster.remove(id, options);
    // It may have been added again meanwhile, and stays then.
    if (isFirst && !this.#roster.ids().includes(id)) this.emit('server_removed', { id });
  }

  /** Ids of the servers, in the order in which they were added. */
  get servers(): string[] {
    return this.#roster.ids();
  }

  /**
   * Calls the function with a server, and gives what it gives. A try that fails is repeated on a server that was not
   * tried yet, within `retries` and the retry budget, where the request is `idempotent` or was not sent. When no try
   * is left, the outcome is that of the last: what the function threw or returned, or a `TimeoutError`.
   *
   * Rejects with the reason of `signal`, `NoServerError`, `QueueFullError`, `ThrottledError`, `StateError` once it
   * is stopped, or `ConfigurationError`.
   *
   * @param call need not be asynchronous, and may do what it likes: throw, hang, ignore its signal
   */
  executeRequest<T>(
    call: (server: Server<Metadata>, attempt: Attempt) => T,
    options?: RequestOptions,
  ): Promise<Awaited<T>> {
    try {
      if (typeof call !== 'function') {
        const issue = { path: 'call', value: call, expected: 'a function' };
        throw new ConfigurationError('executeRequest', [issue]);
      }
      const plan = readRequestOptions(options, this.#settings.plan);
      // Servers have the metadata that addServer took, and promises what the function gave.
      return this.#executor.execute(call as RequestCall, plan) as Promise<Awaited<T>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getStats(): LoadBalancerStatistics {
    const nowMs = this.#clock.monotonic();
    const { servers, census, panic, abandoned: lingering } = this.#roster.statistics(nowMs);
    return { ...describeExecution(this.#executor, nowMs), census, panic, servers, lingering };
  }

  /** The statistics. */
  snapshot(): LoadBalancerStatistics {
    return this.getStats();
  }

  recommendations(): readonly Recommendation[] {
    const nowMs = this.#clock.monotonic();
    const { queueFullMs, budget } = this.#executor;
    const incidents = { queueFullMs, retryRefusedMs: budget.refusedMs };
    return recommendationsFor(this.name, this.getStats(), incidents, nowMs, this.#clock.now());
  }

  healthCheck(): ComponentHealth {
    return healthOf(this.getStats(), this.#settings.queueLimit);
  }

  /**
   * Begins the active checks; without any there is no need for it. Idempotent. A balancer that was stopped takes
   * requests again.
   *
   * @throws StateError while it is being stopped
   */
  start(): void {
    if (this.#stopped) throw new StateError(`load balancer "${this.name}" is being stopped`);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#executor.start();
    this.#metrics.start();
    this.#roster.start();
  }

  /**
   * Refuses requests from now on, ends the checks, and waits for the requests in flight, at most as long as
   * `deadline`; what is left then is ended. Idempotent.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop().finally(() => {
      this.#stopped = undefined;
    });
    return this.#stopped;
  }

  /** Stops it at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(): Promise<void> {
    await Promise.all([this.#executor.stop(this.#settings.plan.deadlineMs), this.#roster.stop()]);
    this.#metrics.stop();
    this.#isRunning = false;
  }
}
