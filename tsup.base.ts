import { defineConfig, type Options } from 'tsup';

/** The one build of every package: ES modules with declarations, entry points as listed by the package. */
export function packageBuild(entry: readonly string[], overrides: Options = {}) {
  return defineConfig({
    entry: [...entry],
    format: ['esm'],
    target: 'node20',
    platform: 'neutral',
    // Subpath entries share chunks, so that classes keep one identity across them.
    splitting: true,
    dts: true,
    clean: true,
    treeshake: true,
    sourcemap: true,
    external: [/^node:/],
    // Without it `node:os` becomes `os`, which a package could take the place of.
    removeNodeProtocol: false,
    ...overrides,
  });
}
