import { defineConfig } from 'vitest/config';

/** Tests import the packages' sources through the `@evenkeel/source` condition, so they need no build. */
const conditions = ['@evenkeel/source', 'node'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{packages,apps}/*/test/**/*.test.ts',
      'benchmarks/test/**/*.test.ts',
      'tools/test/**/*.test.ts',
    ],
    testTimeout: 20_000,
    // One core less is the default; but much of a run is waiting for real processes and their time-outs.
    maxWorkers: '100%',
  },
});
