import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { killWriters } from '../../proofs/killed-files/kill.ts';

describe('a process that is killed while it writes', { timeout: 60_000 }, () => {
  let writer: string;
  beforeAll(async () => {
    const { bundle } = await import('../../proofs/bundle.mjs');
    writer = fileURLToPath(new URL('writer.mjs', await bundle(['killed-files/writer.ts'])));
  }, 60_000);

  it('leaves files that can be read, with all that was written for certain', async () => {
    const { records, unreadable, wrong } = await killWriters(writer, 4, 1);
    expect({ unreadable, wrong }).toEqual({ unreadable: 0, wrong: 0 });
    expect(records).toBeGreaterThan(2000);
  });
});
