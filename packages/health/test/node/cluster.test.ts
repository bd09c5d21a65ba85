import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltProgram, buildProgram } from './built-program.ts';

interface WorkerInfo {
  readonly id: number;
  readonly pid: number;
  readonly port: number;
  readonly probePort: number;
}

type Message =
  | { readonly kind: 'ready'; readonly workers: readonly WorkerInfo[] }
  | {
      readonly kind: 'exit';
      readonly id: number;
      readonly code: number | null;
      readonly signal: string | null;
    };

/** Status of one request over a connection of its own. */
function ask(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

async function nextMessage<Kind extends Message['kind']>(
  child: ChildProcess,
  kind: Kind,
): Promise<Extract<Message, { kind: Kind }>> {
  const isWanted = (message: Message): message is Extract<Message, { kind: Kind }> => message.kind === kind;
  for await (const [message] of on(child, 'message', { close: ['exit'] })) {
    if (isWanted(message)) return message;
  }
  throw new Error(`the program ended before it said ${kind}`);
}

describe('must-have 14: graceful in a cluster', () => {
  let program: BuiltProgram;

  beforeAll(async () => {
    program = await buildProgram(join(import.meta.dirname, 'programs/cluster-service.ts'));
  }, 60_000);

  afterAll(() => program.remove());

  it('drains one worker in the middle of traffic: no request fails, and the other worker goes on', async () => {
    const child = program.run();
    try {
      const { workers } = await nextMessage(child, 'ready');
      const [leaving, staying] = workers;
      if (!leaving || !staying) throw new Error('there are not two workers');
      expect(await ask(leaving.probePort, '/health/ready')).toBe(200);

      let isOver = false;
      const statuses = new Map<number, number>();
      const load = async (): Promise<void> => {
        while (!isOver) {
          const status = await ask(leaving.port, '/work');
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      const clients = Promise.all(Array.from({ length: 8 }, load));

      const exit = nextMessage(child, 'exit');
      process.kill(leaving.pid, 'SIGTERM');
      // The delay of the drain is the time to see that it is not ready any more, but live.
      await expect
        .poll(() => ask(leaving.probePort, '/health/ready'), { interval: 5, timeout: 10_000 })
        .toBe(503);
      expect(await ask(leaving.probePort, '/health/live')).toBe(200);
      expect(await ask(staying.probePort, '/health/ready')).toBe(200);

      expect(await exit).toMatchObject({ id: leaving.id, code: 0, signal: null });
      expect(await ask(staying.probePort, '/health/ready')).toBe(200);
      isOver = true;
      await clients;
      expect([...statuses.keys()]).toEqual([200]);
      expect(statuses.get(200)).toBeGreaterThan(10);

      const ended = once(child, 'exit');
      child.send('stop');
      expect(await ended).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
