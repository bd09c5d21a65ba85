import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../src/', import.meta.url));

it('needs nothing of Node outside of ./node', () => {
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('node'),
  );
  expect(files.length).toBeGreaterThan(20);
  const offenders = files.filter((file) =>
    /from ['"](node:|.*\/node\/)|\bprocess\.[a-zA-Z]|\bBuffer\b|\brequire\(|\bglobal\./.test(
      readFileSync(`${sources}${file}`, 'utf8'),
    ),
  );
  expect(offenders).toEqual([]);
});
