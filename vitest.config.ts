import { defineConfig } from 'vitest/config';

/** Tests import the packages' sources through the `@evenkeel/source` condition, so they need no build. */
const conditions = ['@evenkeel/source', 'node'];

/** Patterns of tests to leave out, by tools/test-on-node.mjs. */
const excluded = process.env.TESTS_EXCLUDED?.split(';') ?? [];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'packages',
          include: ['{packages,benchmarks,tools}/**/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', ...excluded],
          // One core less is the default; but much of a run is waiting for real processes and their time-outs.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'apps',
          include: ['apps/*/test/**/*.test.ts'],
          // A demo is several processes and a browser, and notices what else a machine has to do: that is its purpose.
          maxWorkers: 1,
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
