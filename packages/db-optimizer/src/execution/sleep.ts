import type { Limit } from './limit.ts';

/** Waits, no longer than the limit allows. Says whether there is time left. */
export function sleep(delayMs: number, limit: Limit): Promise<boolean> {
  return new Promise((resolve) => {
    const cancelTimer = limit.clock.setTimeout(() => {
      limit.offEnd(stop);
      resolve(true);
    }, delayMs);
    const stop = (): void => {
      cancelTimer();
      resolve(false);
    };
    limit.onEnd(stop);
  });
}
