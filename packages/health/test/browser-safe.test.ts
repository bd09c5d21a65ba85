import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('uses nothing of Node outside of ./node', () => {
  const source = join(import.meta.dirname, '../src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('node'),
  );
  expect(files.length).toBeGreaterThan(20);
  const offenders = files.filter((file) =>
    /from '(node:|.*\/node\/)|\b(process|Buffer|require|setImmediate)(\.\w|\()/.test(
      readFileSync(join(source, file), 'utf8'),
    ),
  );
  expect(offenders).toEqual([]);
});
