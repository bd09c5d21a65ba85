import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { RedisServer, redisIsInstalled } from '../../../proofs/redis/redis-server.ts';
import { TcpProxy } from '../../../proofs/redis/tcp-proxy.ts';
import { type RedisTierOptions, redisTier } from '../../../src/redis/index.ts';
import type { Invalidation, TierRead, TierRecord } from '../../../src/tier/second-tier.ts';
import { Recorder } from './recorder.ts';

/** Makes a client of the user's, not connected. */
export type Connect = (port: number) => RedisTierOptions['client'];

export const CLIENTS: readonly (readonly [name: string, connect: Connect])[] = [
  ['node-redis', (port) => createClient({ socket: { host: '127.0.0.1', port } })],
  ['ioredis', (port) => new Redis({ host: '127.0.0.1', port, lazyConnect: true })],
];

/** Where Redis is not installed the tests are left out, but not on the build server. */
export const describeWithRedis = redisIsInstalled() || process.env.CI ? describe : describe.skip;

/** A server for all tests of a file, a proxy before it, and instances that are stopped after each test. */
export class Fleet {
  readonly #connect: Connect;
  readonly #stops: (() => Promise<unknown>)[] = [];
  #server: RedisServer | undefined;
  #proxy: TcpProxy | undefined;

  constructor(connect: Connect) {
    this.#connect = connect;
    beforeAll(async () => {
      this.#server = await RedisServer.start();
      this.#proxy = await TcpProxy.start(this.#server.port);
    });
    afterEach(async () => {
      this.proxy.set({ kind: 'none' });
      this.server.thaw();
      await Promise.all(this.#stops.splice(0).map((stop) => stop()));
      await this.admin('FLUSHALL');
    });
    afterAll(async () => {
      await this.#proxy?.stop();
      await this.#server?.stop();
    });
  }

  get server(): RedisServer {
    if (!this.#server) throw new Error('the server is not started');
    return this.#server;
  }

  get proxy(): TcpProxy {
    if (!this.#proxy) throw new Error('the proxy is not started');
    return this.#proxy;
  }

  /** An instance, up already unless told not to wait. */
  async join({ behindProxy = false, wait = true, ...options }: JoinOptions = {}): Promise<Instance> {
    const client = this.#connect(behindProxy ? this.proxy.port : this.server.port);
    // Long, unless a test is about it: the machine may be busy with others.
    const tier = redisTier({ client, deadline: '2s', ...options });
    const heard = new Recorder();
    tier.start(heard);
    this.#stops.push(() => tier.stop());
    const instance = { tier, heard };
    if (wait) await eventually(() => tier.stats().up);
    return instance;
  }

  /** A command by somebody else. */
  async admin(...command: string[]): Promise<unknown> {
    const client = createClient({ socket: { host: '127.0.0.1', port: this.server.port } });
    client.on('error', () => {});
    await client.connect();
    const reply: unknown = await client.sendCommand(command);
    client.destroy();
    return reply;
  }

  async keys(pattern = '*'): Promise<string[]> {
    return ((await this.admin('KEYS', pattern)) as string[]).sort();
  }
}

export interface JoinOptions extends Partial<Omit<RedisTierOptions, 'client'>> {
  readonly behindProxy?: boolean;
  readonly wait?: boolean;
}

export interface Instance {
  readonly tier: ReturnType<typeof redisTier>;
  readonly heard: Recorder;
}

export async function eventually(condition: () => unknown, withinMs = 10_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await pause(5);
  }
}

/** How long the machine kept this process from going on, at most, in ms: to be allowed for in what is timed. */
export function watchScheduling(): () => number {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => delay.max / 1e6;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A record of text. */
export function record(text: string, rest: Partial<TierRecord> = {}): TierRecord {
  return { payload: Buffer.from(text), freshMs: 60_000, keepMs: 120_000, loadMs: 3, tags: [], ...rest };
}

/** What a read found, as text. */
export function textOf(read: TierRead): string {
  return read.kind === 'hit' ? Buffer.from(read.record.payload).toString() : `(${read.kind})`;
}

/** The fence of a miss. */
export async function fenceOf({ tier }: Instance, key: string) {
  const read = await tier.read(key);
  if (read.kind !== 'miss') throw new Error(`a miss was expected, not ${read.kind}`);
  return read.fence;
}

export const key = (name: string): Invalidation => ({ kind: 'key', key: name });
export const tag = (name: string): Invalidation => ({ kind: 'tag', tag: name });
export const ALL: Invalidation = { kind: 'all' };
