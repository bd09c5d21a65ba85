import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '@evenkeel/core';
import pg from 'pg';

export interface KilledOptions {
  /** URL of a PostgreSQL. */
  readonly database: string;
  /** The program that is killed, and what Node needs to run it. */
  readonly victim: readonly string[];
  /** How often it is killed. */
  readonly rounds: number;
  readonly seed: number;
}

export interface KilledResult {
  /** Changes of alerts that were in the store before a kill, or at the end. */
  readonly saved: number;
  readonly messages: number;
  /** Messages that came more than once, with the same id each time. */
  readonly repeated: number;
  readonly kills: number;
  /** What must not be; empty. */
  readonly broken: readonly string[];
}

/** Kills a process by SIGKILL again and again while it raises alerts, and looks whether all that it had saved arrives. */
export async function playKilled({ database, victim, rounds, seed }: KilledOptions): Promise<KilledResult> {
  const random = seededRandom(seed);
  const received = new Map<string, Set<string>>();
  const saved = new Map<string, Set<string>>();
  const times = new Map<string, number>();
  const note = (states: Map<string, Set<string>>, id: string, state: string): void => {
    const known = states.get(id) ?? new Set();
    states.set(id, known.add(state));
  };
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const dice = random();
    // Refused before it is taken, cut off after.
    if (dice < 0.1) {
      response.writeHead(503).end();
      return;
    }
    const { id, alerts } = JSON.parse(body) as { id: string; alerts: readonly [string, string][] };
    times.set(id, (times.get(id) ?? 0) + 1);
    for (const [alert, state] of alerts) note(received, alert, state);
    if (dice < 0.15) request.socket.destroy();
    else response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  let highest = 0;
  const run = async (mode: 'run' | 'finish', killAfterMs: number | undefined): Promise<number | null> => {
    const args = [...victim, database, `http://127.0.0.1:${port}/`, mode, String(highest + 1)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let left = '';
    const exited = once(child, 'close');
    const begun = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (left + text).split('\n');
        left = lines.pop() ?? '';
        for (const line of lines) {
          const [id = '', state = ''] = line.split(' ');
          note(saved, id, state);
        }
        resolve();
      });
      child.on('exit', () => resolve());
    });
    await begun;
    if (killAfterMs !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, killAfterMs));
      child.kill('SIGKILL');
    }
    const [code] = (await exited) as [number | null];
    // New alerts get numbers that nobody has used, saved or not.
    for (const id of [...saved.keys(), ...received.keys()])
      highest = Math.max(highest, Number(id.slice(1)) + 100_000);
    return code;
  };

  const broken: string[] = [];
  for (let round = 0; round < rounds; round++) await run('run', 20 + 300 * random());
  const code = await run('finish', undefined);
  if (code !== 0) broken.push(`the last process ended with ${code}`);
  server.close();

  let changes = 0;
  for (const [id, states] of saved) {
    changes += states.size;
    // In the end all are over, and what fired and was over before it was told is told as over.
    if (!received.get(id)?.has('resolved')) broken.push(`the end of ${id} was not told`);
  }
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query(
    `select (select count(*) from evenkeel_alerts_deliveries where state <> 'sent')::int as unsent,
            (select count(*) from evenkeel_alerts_alerts where is_active)::int as active`,
  );
  await client.end();
  if (rows[0].unsent !== 0 || rows[0].active !== 0)
    broken.push(`the store still holds ${JSON.stringify(rows[0])}`);
  const repeated = [...times.values()].reduce((sum, count) => sum + count - 1, 0);
  return { saved: changes, messages: times.size, repeated, kills: rounds, broken };
}
