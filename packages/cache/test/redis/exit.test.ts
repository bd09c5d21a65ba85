import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { describeWithRedis } from './support/peers.ts';

describeWithRedis('a process whose tier was stopped', () => {
  let directory: URL;
  beforeAll(async () => {
    directory = await bundle(['redis/exit.ts']);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const moments = ['connecting', 'greeting', 'up', 'frozen', 'reconnecting', 'refused'];
  it.each(['redis', 'ioredis'].flatMap((library) => moments.map((moment) => [library, moment])))(
    'ends by itself: %s, %s',
    async (library = '', moment = '') => {
      const { stdout } = await promisify(execFile)(process.execPath, [
        fileURLToPath(new URL('exit.mjs', directory)),
        library,
        moment,
      ]);
      const [, ms] = /^exit after (\d+) ms\n$/.exec(stdout) ?? [];
      expect(Number(ms)).toBeLessThan(1000);
    },
  );
});
