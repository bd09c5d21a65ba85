import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const proof = fileURLToPath(new URL('../../proofs/pressure/run.mjs', import.meta.url));

it('keeps a process alive that dies of a leaking component without it', { timeout: 90_000 }, async () => {
  const args = [proof, '--rows', 'leak-heap', '--limit', '192', '--seconds', '13', '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const [alone, managed] = JSON.parse(stdout);
  expect(alone).toMatchObject({ care: 'alone', pauses: 0, holds: true });
  expect(alone.outcome).toMatch(/^died/);
  expect(managed).toMatchObject({ care: 'managed', outcome: 'survived', holds: true });
  expect(managed.pauses).toBeGreaterThan(0);
});
