import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFloorFaults } from '../floors.mjs';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'floors-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function workspace(
  folder: string,
  dependencies: readonly string[],
  source: string,
  file = 'src/index.ts',
): void {
  const name = folder.startsWith('packages/') ? `@evenkeel/${folder.slice(9)}` : folder.slice(5);
  const manifest = { name, dependencies: Object.fromEntries(dependencies.map((each) => [each, '*'])) };
  write(`${folder}/package.json`, JSON.stringify(manifest));
  write(`${folder}/${file}`, source);
}

describe('findFloorFaults', () => {
  it('accepts imports that go down', () => {
    workspace('packages/core', ['eventemitter3'], "import { EventEmitter } from 'eventemitter3';");
    workspace('packages/monitor', ['@evenkeel/core'], "export { x } from '@evenkeel/core/statistics';");
    workspace(
      'packages/performance-system',
      ['@evenkeel/monitor'],
      "const m = await import('@evenkeel/monitor/node');",
    );
    workspace('apps/demo', ['@evenkeel/performance-system'], "import '@evenkeel/performance-system';");
    expect(findFloorFaults(root)).toEqual([]);
  });

  it('finds an import that climbs a floor, in the manifest and in the code', () => {
    workspace('packages/core', ['@evenkeel/monitor'], "import { a } from '@evenkeel/monitor';");
    workspace('packages/monitor', [], 'export const a = 1;');
    expect(findFloorFaults(root)).toEqual([
      'packages/core/package.json: floor 0 may not import floor 1 (packages/monitor)',
      'packages/core/src/index.ts: imports @evenkeel/monitor: floor 0 may not import floor 1 (packages/monitor)',
    ]);
  });

  it.each([
    ['a static import', "import { a } from '@evenkeel/health';"],
    ['a type import', "import type { A } from '@evenkeel/health';"],
    ['a re-export', "export * from '@evenkeel/health/node';"],
    ['a dynamic import', "const health = await import('@evenkeel/health');"],
    ['an import for effect', "import '@evenkeel/health';"],
  ])('finds two packages of floor 1 joined by %s', (_, source) => {
    workspace('packages/health', [], 'export const a = 1;');
    workspace('packages/monitor', ['@evenkeel/health'], source);
    const fault = 'floor 1 may not import floor 1 (packages/health)';
    expect(findFloorFaults(root)).toEqual([
      `packages/monitor/package.json: ${fault}`,
      expect.stringContaining(fault),
    ]);
  });

  it('lets floor 2 import only what it needs', () => {
    workspace('packages/cache', [], '');
    workspace('packages/anomaly', [], '');
    workspace('packages/optimizer', ['@evenkeel/anomaly', '@evenkeel/cache'], '');
    expect(findFloorFaults(root)).toEqual([
      'packages/optimizer/package.json: packages/optimizer has no declared need of packages/cache',
    ]);
  });

  it('finds undeclared packages, files of other packages, and Node in code for browsers', () => {
    workspace('packages/core', [], 'export const a = 1;');
    workspace(
      'packages/monitor',
      [],
      "import os from 'node:os';\nimport '../../core/src/index.ts';\nimport 'left-pad';",
    );
    write('packages/monitor/src/node/cpu.ts', "import os from 'node:os';");
    expect(findFloorFaults(root)).toEqual([
      'packages/monitor/src/index.ts: imports node:os: this code runs in browsers too; Node belongs in src/node',
      'packages/monitor/src/index.ts: imports ../../core/src/index.ts: reaches out of its own package',
      'packages/monitor/src/index.ts: imports left-pad: not declared in packages/monitor/package.json',
    ]);
  });

  it('wants a floor for every package', () => {
    workspace('packages/surprise', [], '');
    expect(findFloorFaults(root)).toEqual([
      'packages/surprise: has no floor; give it one in tools/floors.mjs',
    ]);
  });
});

it('passes on this repository, as a command', () => {
  const command = fileURLToPath(new URL('../check-floors.mjs', import.meta.url));
  expect(execFileSync(process.execPath, [command], { encoding: 'utf8' })).toContain('every import goes down');
});
