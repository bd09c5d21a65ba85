import { describe, expect, it } from 'vitest';
import { SERVICE_MIXES } from '../../proofs/limiter/service-mixes.ts';
import { simulate } from '../../proofs/limiter/simulation.ts';

/** A short sample of what proofs/limiter.mjs plays at length. The best sizes are those that it prints. */
const BEST = [32, 8, 12];

describe('from a cold start, the limiter reaches the throughput of the best size', {
  timeout: 60_000,
}, () => {
  it.each(SERVICE_MIXES.map((mix, at) => ({ mix, best: BEST[at] ?? 1 })))(
    '$mix.name',
    async ({ mix, best }) => {
      const common = { mix, callers: 64, durationMs: 10_000, seed: 3 };
      const fixed = await simulate({ ...common, max: best, isAdaptive: false });
      const found = await simulate({ ...common, max: 64, isAdaptive: true });
      expect(found.perSecond / fixed.perSecond).toBeGreaterThan(0.9);
      expect(found.laterPerSecond / fixed.laterPerSecond).toBeGreaterThan(0.93);
    },
  );
});
