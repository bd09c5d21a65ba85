import { type Clock, type Disposer, PeriodicTask } from '@evenkeel/core';
import { CheckRunner, type CheckRunnerOptions } from './check-runner.ts';

export interface ScheduledCheckOptions extends CheckRunnerOptions {
  readonly clock: Clock;
  readonly jitter: number;
  readonly random: () => number;
  /** Learns what the check's `begin` or what that returned threw. */
  readonly onError: (source: string, thrown: unknown) => void;
}

/** A check with its background runs. */
export class ScheduledCheck {
  readonly runner: CheckRunner;
  readonly #task: PeriodicTask | undefined;
  readonly #onError: ScheduledCheckOptions['onError'];
  #endSampling: Disposer | undefined;

  constructor({ jitter, random, onError, ...options }: ScheduledCheckOptions) {
    const runner = new CheckRunner(options);
    const { interval: intervalMs } = options.settings;
    const { clock } = options;
    this.runner = runner;
    this.#onError = onError;
    this.#task =
      intervalMs > 0
        ? new PeriodicTask(() => runner.refresh(), { intervalMs, jitter, clock, random })
        : undefined;
  }

  /** Whether the process has not started as long as this check has not passed. */
  get holdsUpStart(): boolean {
    const { kind, critical } = this.runner.settings;
    return kind === 'startup' && critical && !this.runner.isDone;
  }

  /** Runs it at once and then periodically. */
  start(): void {
    try {
      this.#endSampling ??= this.runner.check.begin?.();
    } catch (thrown) {
      this.#onError(`begin() of health check ${JSON.stringify(this.runner.name)}`, thrown);
    }
    this.#task?.start();
    void this.runner.refresh();
  }

  /** Ends the run under way without a result, and begins no other. */
  async stop(): Promise<void> {
    const endSampling = this.#endSampling;
    this.#endSampling = undefined;
    try {
      endSampling?.();
    } catch (thrown) {
      this.#onError(`end of sampling of health check ${JSON.stringify(this.runner.name)}`, thrown);
    }
    await Promise.all([this.runner.cancel(), this.#task?.stop()]);
  }
}
