import { type Disposer, option, readOptions } from '@evenkeel/core';
import { type DrainOptions, type DrainResult, readDrainOptions } from '../drain.ts';
import type { HealthChecker } from '../health-checker.ts';

/** Options of {@link drainOnSignal}, besides those of the drain. */
export interface DrainOnSignalOptions extends DrainOptions {
  /** @defaultValue ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called with how the drain ended. @defaultValue exits, with 0 if everything was closed, else 1 */
  readonly onDrained?: (result: DrainResult) => unknown;
}

/* Any timer keeps the loop running; how often it fires does not matter. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Drains at the first of the signals, and keeps the process alive until that is done. A second signal finds
 * no listener any more and ends the process as signals do. Only this process drains: in a cluster the other
 * workers go on. Returns what stops listening.
 *
 * @throws ConfigurationError
 */
export function drainOnSignal(checker: HealthChecker, options: DrainOnSignalOptions = {}): Disposer {
  const { signals = ['SIGTERM', 'SIGINT'], onDrained = exit, ...drainOptions } = options;
  readOptions(
    'drainOnSignal',
    { signals, onDrained },
    { signals: option.listOf(option.string()), onDrained: option.callback() },
  );
  // At SIGTERM it would be late to learn of a bad option.
  readDrainOptions(drainOptions);
  const stopListening = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (): void => {
    stopListening();
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
    void checker
      .drain(drainOptions)
      .then(onDrained)
      .catch((thrown: unknown) => checker.reportFailure('onDrained', thrown))
      .finally(() => clearInterval(keepAlive));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return stopListening;
}

function exit({ outcome }: DrainResult): void {
  process.exit(outcome === 'closed' ? 0 : 1);
}
