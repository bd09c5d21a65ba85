import { formatDuration } from '@evenkeel/core';
import type { CheckResult } from '../check.ts';

/** Healthy when the call ends within `warnAfterMs`, a warning when it takes longer; rejects when it does. */
export async function answerTime(call: () => Promise<unknown>, warnAfterMs: number): Promise<CheckResult> {
  const startedMs = performance.now();
  await call();
  const responseTimeMs = performance.now() - startedMs;
  const isSlow = responseTimeMs > warnAfterMs;
  return {
    status: isSlow ? 'warning' : 'healthy',
    message: `answered ${isSlow ? 'only ' : ''}after ${formatDuration(responseTimeMs)}`,
    details: { responseTimeMs },
  };
}
