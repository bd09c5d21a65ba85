import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** Whether `redis-server` can be run here. */
export function redisIsInstalled(): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, 'redis-server'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A Redis on loopback, on a port of its own, that keeps nothing on disk. */
export class RedisServer {
  readonly port: number;
  #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(): Promise<RedisServer> {
    const port = await freePort();
    const server = new RedisServer(port, run(port));
    await server.#listening();
    return server;
  }

  /** Stops its process in the middle of whatever it does; connections stay open. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Another one, with no data, on the same port. */
  async restart(): Promise<void> {
    await this.stop();
    this.#child = run(this.port);
    await this.#listening();
  }

  async #listening(): Promise<void> {
    const endMs = Date.now() + 10_000;
    while (!(await accepts(this.port))) {
      if (this.#child.exitCode !== null || Date.now() > endMs) throw new Error('redis-server does not start');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function run(port: number): ChildProcess {
  const options = { bind: '127.0.0.1', port: String(port), save: '', appendonly: 'no' };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return spawn('redis-server', args, { stdio: 'ignore' });
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
