import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { performanceMiddleware } from '@evenkeel/express';
import { PerformanceSystem } from '@evenkeel/performance-system';
import { expect, it } from 'vitest';

const packages = fileURLToPath(new URL('../..', import.meta.url));

it('every metric that a running system exports is in the README of a package', async () => {
  const readmes = readdirSync(packages)
    .map((name) => `${packages}/${name}/README.md`)
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const system = new PerformanceSystem({ environment: 'testing' });
  performanceMiddleware(system);
  await system.start();
  await system.getComponent('health').runHealthChecks();
  const names = [...system.exportMetrics('prometheus').matchAll(/^# TYPE (\S+)/gm)].map(
    ([, name]) => name ?? '',
  );
  await system.stop();
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !readmes.includes(`\`${name}\``))).toEqual([]);
});
