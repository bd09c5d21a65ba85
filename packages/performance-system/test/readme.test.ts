import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configurationLeaves } from '../src/configuration/schema.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

it('the README lists every value of the configuration, with its variable and default, and no others', () => {
  const rows = configurationLeaves().map(({ path, variable, node }) => {
    const fallback = JSON.stringify(node.default)
      .replaceAll('"', '')
      .replaceAll(/([:,])/g, '$1 ');
    return `| \`${path}\` | ${node.description} | \`${fallback}\` | \`${variable}\` |`;
  });
  const documented = readme.split('\n').filter((line) => line.includes('| `EVENKEEL_'));
  expect(documented).toEqual(rows);
});
