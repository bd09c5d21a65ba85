import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LoadBalancer } from '@evenkeel/load-balancer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningService, startService } from '../../src/service.ts';
import type { WorkerSnapshot } from '../../src/workers/supervised-worker.ts';
import { WorkerFleet } from '../../src/workers/worker-fleet.ts';
import { type BuiltDemo, buildDemo } from '../support/built-demo.ts';
import { childrenOf, isRunning } from '../support/processes.ts';
import { SETTINGS } from '../support/settings.ts';

let built: BuiltDemo;

beforeAll(async () => {
  built = await buildDemo();
}, 60_000);

afterAll(() => built?.remove());

/* As many quotes as are asked for at once, so that one worker alone is not the fastest. */
const BURST = 6;

/** Asks for so many quotes a second, whether or not those before are answered, and tells what came of it. */
function startAsking(address: string, perSecond: number) {
  const failures: string[] = [];
  let answered = 0;
  const underWay = new Set<Promise<void>>();
  let asked = 0;
  const ask = async (): Promise<void> => {
    const postcode = String((asked * 7919) % 100_000).padStart(5, '0');
    const answer = await statusOf(`${address}/products/${1 + (asked++ % 50)}/quote?postcode=${postcode}`);
    if (answer === '200') answered += 1;
    // A machine that is busy with other tests makes the service refuse some, whatever its workers do.
    else if (!answer.includes('the service is overloaded')) failures.push(answer);
  };
  const timer = setInterval(
    () => {
      for (let each = 0; each < BURST; each++) {
        const asking = ask().finally(() => underWay.delete(asking));
        underWay.add(asking);
      }
    },
    (1000 * BURST) / perSecond,
  );
  return async () => {
    clearInterval(timer);
    await Promise.all(underWay);
    return { answered, failures };
  };
}

async function statusOf(url: string): Promise<string> {
  try {
    const response = await fetch(url);
    const body = await response.text();
    return response.ok ? String(response.status) : `${response.status} ${body}`;
  } catch (error) {
    return String(error);
  }
}

async function workersOf(address: string): Promise<WorkerSnapshot[]> {
  const response = await fetch(`${address}/workers`);
  const { workers } = (await response.json()) as { workers: WorkerSnapshot[] };
  return workers;
}

function pidsOf(workers: readonly WorkerSnapshot[]): number[] {
  return workers.flatMap(({ pid }) => pid ?? []);
}

/** What a test wants of a service with workers. */
function watch(service: RunningService) {
  const balancer = service.system.getComponent('loadBalancer');
  const server = (id: string) => balancer.getStats().servers[id];
  return {
    balancer,
    server,
    stateOf: (id: string) => server(id)?.state.kind,
    workers: () => workersOf(service.address),
    command: async (id: string, name: string, headers = {}): Promise<number> => {
      const response = await fetch(`${service.address}/workers/${id}/${name}`, { method: 'POST', headers });
      await response.arrayBuffer();
      return response.status;
    },
  };
}

async function start(size: number): Promise<RunningService> {
  const service = await startService({ ...SETTINGS, products: 100, workers: size }, built.worker);
  const areUp = () => service.system.getComponent('loadBalancer').getStats().census.up;
  await vi.waitFor(() => expect(areUp()).toBe(size), { timeout: 30_000 });
  return service;
}

describe('three workers under traffic', { timeout: 120_000 }, () => {
  let service: RunningService;
  let watched: ReturnType<typeof watch>;

  beforeEach(async () => {
    service = await start(3);
    watched = watch(service);
  }, 60_000);

  afterEach(() => service?.stop());

  it('share it', async () => {
    const stop = startAsking(service.address, 60);
    await sleep(3000);
    expect((await stop()).failures).toEqual([]);
    for (const id of ['worker-1', 'worker-2', 'worker-3']) {
      // How much each has depends on what it was measured to take.
      expect(watched.server(id)?.requests).toBeGreaterThan(0);
    }
  });

  it('fail no request when one is killed, which comes back by itself', async () => {
    const { command, server, stateOf, workers } = watched;
    const [before] = await workers();
    const stop = startAsking(service.address, 60);
    await sleep(1000);
    expect(await command('worker-1', 'kill')).toBe(200);
    expect((await workers())[0]).toMatchObject({
      state: { kind: 'dead', reason: 'killed by SIGKILL', startsAt: expect.any(Number) },
    });
    await expect.poll(() => stateOf('worker-1'), { timeout: 30_000 }).toMatch(/^(ejected|down)$/);
    const alerts = () => service.system.getPerformanceDashboard().alerts.map(({ message }) => message);
    expect(alerts()).toContainEqual(expect.stringMatching(/^Server "worker-1" is taken out: /));
    expect(await command('worker-1', 'kill')).toBe(409);
    // It stays dead for ten seconds.
    await expect.poll(() => stateOf('worker-1'), { timeout: 30_000 }).toBe('up');
    const [after] = await workers();
    expect(after).toMatchObject({ state: { kind: 'running' }, starts: 2 });
    expect(after?.pid).not.toBe(before?.pid);
    expect(server('worker-1')?.effectiveWeight).toBeLessThan(1);
    expect(alerts()).not.toContainEqual(expect.stringMatching(/worker-1/));
    const requests = server('worker-1')?.requests ?? 0;
    await expect.poll(() => server('worker-1')?.requests, { timeout: 30_000 }).toBeGreaterThan(requests);
    const { answered, failures } = await stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(50);
  });

  it('fail no request when one stands still, and use it again when it goes on', async () => {
    const { command, server, stateOf, workers } = watched;
    const stop = startAsking(service.address, 60);
    await sleep(1000);
    expect(await command('worker-2', 'freeze')).toBe(200);
    expect((await workers())[1]).toMatchObject({ state: { kind: 'running', isFrozen: true } });
    await expect.poll(() => stateOf('worker-2'), { timeout: 30_000 }).toMatch(/^(ejected|down)$/);
    await expect.poll(() => server('worker-2')?.inFlight, { timeout: 30_000 }).toBe(0);
    expect(await command('worker-2', 'restore')).toBe(200);
    expect((await workers())[1]).toMatchObject({ state: { isFrozen: false } });
    await expect.poll(() => stateOf('worker-2'), { timeout: 30_000 }).toBe('up');
    expect((await stop()).failures).toEqual([]);
  });

  it('leave a slow one aside, and give it its share when it is fast again', async () => {
    const { balancer, command } = watched;
    const stop = startAsking(service.address, 60);
    await sleep(1000);
    expect(await command('worker-3', 'slow')).toBe(200);
    const share = async (): Promise<number> => {
      const before = balancer.getStats();
      await sleep(2000);
      const after = balancer.getStats();
      const all = after.requests.succeeded - before.requests.succeeded;
      return ((after.servers['worker-3']?.requests ?? 0) - (before.servers['worker-3']?.requests ?? 0)) / all;
    };
    // Until it is asked again, nobody knows: whom a burst reaches depends on what was measured before.
    await expect.poll(share, { timeout: 30_000 }).toBeLessThan(0.05);
    expect(await command('worker-3', 'restore')).toBe(200);
    await expect.poll(share, { timeout: 30_000 }).toBeGreaterThan(0.1);
    expect((await stop()).failures).toEqual([]);
  });

  it('lose no request when one is replaced: drained, ended, started anew', async () => {
    const { command, stateOf, workers } = watched;
    const [before] = await workers();
    const stop = startAsking(service.address, 60);
    await sleep(500);
    expect(await command('worker-1', 'restart')).toBe(200);
    const [after] = await workers();
    expect(after).toMatchObject({ state: { kind: 'running' }, starts: 2 });
    expect(after?.pid).not.toBe(before?.pid);
    expect(isRunning(before?.pid ?? 0)).toBe(false);
    await expect.poll(() => stateOf('worker-1'), { timeout: 30_000 }).toBe('up');
    expect((await stop()).failures).toEqual([]);
  });

  it('are gone when the service has stopped, whatever was done to them', async () => {
    const { balancer, command, workers } = watched;
    const pids = pidsOf(await workers());
    expect(pids).toHaveLength(3);
    await command('worker-1', 'freeze');
    await command('worker-2', 'kill');
    const stop = startAsking(service.address, 60);
    await sleep(300);
    await Promise.all([service.stop(), sleep(200).then(stop)]);
    expect(pids.filter(isRunning)).toEqual([]);
    expect(balancer.getStats().inFlight).toBe(0);
  });
});

describe('one worker', { timeout: 120_000 }, () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await start(1);
  }, 60_000);

  afterAll(() => service?.stop());

  it('quotes what a delivery costs', async () => {
    const response = await fetch(`${service.address}/products/7/quote?postcode=27305`);
    const option = (name: string) => ({
      service: name,
      priceCents: expect.any(Number),
      days: expect.any(Number),
      km: expect.any(Number),
      warehouse: expect.stringMatching(/^(north|south)$/),
    });
    expect(await response.json()).toEqual({
      worker: 'worker-1',
      options: [option('economy'), option('standard'), option('express')],
    });
  });

  it.each([
    ['/products/1/quote', 400],
    ['/products/1/quote?postcode=123', 400],
    ['/products/0/quote?postcode=12345', 404],
    ['/products/abc/quote?postcode=12345', 404],
    ['/products/99999/quote?postcode=12345', 404],
  ])('is not asked for %s, which is answered with %i and a reason', async (path, status) => {
    const response = await fetch(service.address + path);
    expect([response.status, await response.json()]).toEqual([status, { error: expect.any(String) }]);
  });

  it('takes commands from its own page and from programs, not from pages of others', async () => {
    const { command, workers } = watch(service);
    const own = { origin: service.address };
    expect(await command('worker-1', 'slow', { origin: 'http://elsewhere.example' })).toBe(403);
    expect(await command('worker-1', 'slow', { origin: 'null' })).toBe(403);
    expect((await workers())[0]).toMatchObject({ state: { delayMs: 0 } });
    expect(await command('worker-1', 'slow', own)).toBe(200);
    expect((await workers())[0]).toMatchObject({ state: { delayMs: 150 } });
    expect(await command('worker-1', 'restore')).toBe(200);
    expect(await command('worker-9', 'kill')).toBe(404);
    expect(await command('worker-1', 'explode')).toBe(404);
  });

  it('is missed when it is dead, and is started at once when it is restored', async () => {
    const { command } = watch(service);
    await command('worker-1', 'kill');
    const quote = () => statusOf(`${service.address}/products/1/quote?postcode=11111`);
    expect(await quote()).toMatch(/^503 .*no worker can answer: /);
    expect(await command('worker-1', 'restore')).toBe(200);
    await expect.poll(quote, { timeout: 30_000 }).toBe('200');
  });
});

it('without workers there are no quotes, and nothing else is amiss', { timeout: 120_000 }, async () => {
  const service = await startService({ ...SETTINGS, products: 100 });
  try {
    expect(await workersOf(service.address)).toEqual([]);
    expect((await fetch(`${service.address}/products/1/quote?postcode=12345`)).status).toBe(404);
    expect((await fetch(`${service.address}/workers/worker-1/kill`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${service.address}/products/1`)).status).toBe(200);
    expect(service.system.getComponent('loadBalancer').healthCheck()).toMatchObject({ status: 'healthy' });
  } finally {
    await service.stop();
  }
});

describe('a fleet', { timeout: 120_000 }, () => {
  it('does not start, and leaves no process, where its program does not come up', async () => {
    const script = new URL('../support/ends-at-once.mjs', import.meta.url);
    const fleet = new WorkerFleet({ balancer: new LoadBalancer(), size: 2, script });
    await expect(fleet.start()).rejects.toThrow(/^worker worker-\d could not start: ended with code 3$/);
    expect(pidsOf(fleet.snapshot()).filter(isRunning)).toEqual([]);
  });

  it('waits longer with each death before it starts a worker again', async () => {
    const balancer = new LoadBalancer();
    const fleet = new WorkerFleet({ balancer, size: 1, script: built.worker, restartDelayMs: 1000 });
    await fleet.start();
    try {
      const worker = fleet.find('worker-1');
      const waits: number[] = [];
      for (let death = 0; death < 3; death++) {
        await worker?.command('kill');
        const [snapshot] = fleet.snapshot();
        if (snapshot?.state.kind === 'dead') waits.push(snapshot.state.startsAt - Date.now());
        await expect.poll(() => fleet.snapshot()[0]?.state.kind, { timeout: 30_000 }).toBe('running');
      }
      expect(waits.map((ms) => Math.ceil(ms / 1000))).toEqual([1, 2, 4]);
      expect(balancer.servers).toEqual(['worker-1']);
    } finally {
      await fleet.stop();
      await balancer.stop();
    }
  });
});

describe('the demo as a process', { timeout: 120_000 }, () => {
  /** Resolves to its address, and to its workers' processes. */
  async function startDemo() {
    const env = { ...process.env, PORT: '0', PRODUCTS: '100', TRAFFIC: '5', BACKGROUND: '0', WORKERS: '2' };
    const demo = fork(fileURLToPath(built.main), {
      env,
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    let said = '';
    for await (const text of demo.stdout ?? []) {
      said += text;
      const address = /dashboard\s+(http:\S+?)\/?\n/.exec(said)?.[1];
      if (address) return { demo, address, workers: pidsOf(await workersOf(address)) };
    }
    throw new Error(`the demo has not started: ${said}`);
  }

  it.each(['SIGTERM', 'SIGKILL'] as const)('leaves nothing behind after %s', async (signal) => {
    const { demo, address, workers } = await startDemo();
    try {
      expect(workers).toHaveLength(2);
      await fetch(`${address}/workers/worker-1/freeze`, { method: 'POST' });
      // The visitors too, who may not have come up yet.
      const started = [...workers, ...childrenOf(demo.pid ?? 0)];
      demo.kill(signal);
      await expect.poll(() => started.filter(isRunning), { timeout: 30_000 }).toEqual([]);
      await vi.waitFor(() => expect(demo.exitCode ?? demo.signalCode).not.toBeNull(), { timeout: 30_000 });
    } finally {
      demo.kill('SIGKILL');
    }
  });
});
