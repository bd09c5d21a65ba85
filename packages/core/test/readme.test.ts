import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

/** Names that a folder's index.ts exports, types among them. */
function exportsOf(folder: string): string[] {
  const text = readFileSync(join(root, 'src', folder, 'index.ts'), 'utf8');
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, names = '']) => names);
  const spaces = [...text.matchAll(/export \* as (\w+)/g)].map(([, name = '']) => name);
  return [...lists.join(',').replaceAll('type ', '').matchAll(/\w+/g)].map(([name]) => name).concat(spaces);
}

describe('the README', () => {
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const sections = readme.split(/^## /m).slice(1);

  it('has the sections that every README has', () => {
    const titles = sections.map((section) => section.split('\n')[0]);
    expect(titles).toEqual(
      expect.arrayContaining(['Example', 'Options', 'Metrics', 'Events', 'Errors', 'Limits']),
    );
  });

  it.each(folders)('names all that %s exports', (folder) => {
    const missing = exportsOf(folder).filter((name) => !new RegExp(`\\b${name}\\b`).test(readme));
    expect(missing).toEqual([]);
  });
});
