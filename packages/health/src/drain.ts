import {
  type Clock,
  ConfigurationError,
  callWithTimeout,
  type Duration,
  option,
  readOptions,
  toError,
} from '@evenkeel/core';

/** How a process goes out of service. */
export interface DrainOptions {
  /**
   * How long it goes on serving after readiness has turned to 503, so that load balancers notice and send no
   * more, in ms. @defaultValue 5000
   */
  readonly delay?: Duration;
  /** Closes servers, pools, consumers. Its signal fires at the deadline. @defaultValue nothing to close */
  readonly close?: (signal: AbortSignal) => unknown;
  /** When the drain ends at the latest, in ms from its beginning, the delay included. @defaultValue 25000 */
  readonly deadline?: Duration;
}

/** How a drain ended. */
export type DrainResult =
  | { readonly outcome: 'closed'; readonly elapsedMs: number }
  | { readonly outcome: 'deadline'; readonly elapsedMs: number }
  | { readonly outcome: 'failed'; readonly elapsedMs: number; readonly error: Error };

/** {@link DrainOptions}, read: times in ms. */
export interface DrainPlan {
  readonly delay: number;
  readonly deadline: number;
  readonly close: (signal: AbortSignal) => unknown;
}

/** @throws ConfigurationError */
export function readDrainOptions(options: DrainOptions): DrainPlan {
  const owner = 'HealthChecker.drain';
  const plan = readOptions<DrainPlan>(owner, options, {
    delay: option.duration().default(5000),
    deadline: option.duration({ min: 1 }).default(25_000),
    close: option.callback<DrainPlan['close']>().default(() => {}),
  });
  if (plan.deadline <= plan.delay) {
    const expected = `longer than the delay of ${plan.delay} ms, which it includes`;
    throw new ConfigurationError(owner, [{ path: 'deadline', value: plan.deadline, expected }]);
  }
  return plan;
}

/** Waits for the delay, closes, and ends by the deadline whatever happens. Never rejects. */
export async function runDrain(clock: Clock, { delay, deadline, close }: DrainPlan): Promise<DrainResult> {
  const startedMs = clock.monotonic();
  const elapsedMs = (): number => clock.monotonic() - startedMs;
  await new Promise<void>((resolve) => {
    clock.setTimeout(resolve, delay);
  });
  let isOverdue = false;
  const call = (signal: AbortSignal): unknown => {
    signal.addEventListener('abort', () => {
      isOverdue = true;
    });
    return close(signal);
  };
  try {
    await callWithTimeout(call, { timeoutMs: Math.max(0, deadline - elapsedMs()), what: 'drain', clock });
    return { outcome: 'closed', elapsedMs: elapsedMs() };
  } catch (thrown) {
    if (isOverdue) return { outcome: 'deadline', elapsedMs: elapsedMs() };
    return { outcome: 'failed', elapsedMs: elapsedMs(), error: toError(thrown) };
  }
}
