import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { HealthChecker } from '@evenkeel/health';
import { StallWatchdog, type StallWatchdogOptions } from '@evenkeel/health/node';
import { afterEach, describe, expect, it } from 'vitest';
import { critical } from '../checks-in-virtual-time.ts';
import { recordingMeter } from '../recording-meter.ts';

const started: StallWatchdog[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((watchdog) => watchdog.stop()));
});

async function watch(options: StallWatchdogOptions = {}) {
  const watchdog = new StallWatchdog(options);
  started.push(watchdog);
  return { watchdog, ...(await watchdog.start()) };
}

/* A machine under load may take its time. */
const PATIENT = { timeout: 10_000 };

/** Asks from a thread of its own until the answer is 503, then wakes the thread that waits for it. */
const PROBE = `
const { workerData: { url, done } } = require('node:worker_threads');
(async () => {
  for (;;) {
    const response = await fetch(url);
    const body = await response.json();
    if (response.status === 503) {
      Atomics.store(done, 1, body.stalled ? 1 : 0);
      break;
    }
    Atomics.store(done, 2, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  Atomics.store(done, 0, 1);
  Atomics.notify(done, 0);
})();
`;

describe('must-have 12: a stalled event loop is told by another thread', () => {
  it('answers 200, then 503 while this thread is blocked, and 200 again', async () => {
    const { meter, values } = recordingMeter();
    const { watchdog, url } = await watch({ threshold: 250, meter });
    const stalls: number[] = [];
    watchdog.on('stall', ({ durationMs }) => stalls.push(durationMs));
    await expect.poll(async () => (await fetch(url)).status, PATIENT).toBe(200);

    const done = new Int32Array(new SharedArrayBuffer(12));
    const probe = new Worker(PROBE, { eval: true, execArgv: [], workerData: { url, done } });
    const ended = once(probe, 'exit');
    await once(probe, 'online');
    // This thread does nothing at all until the probe has seen the 503.
    expect(Atomics.wait(done, 0, 0, 15_000)).not.toBe('timed-out');
    expect([...done]).toEqual([1, 1, expect.any(Number)]);

    await expect.poll(async () => (await fetch(url)).status, PATIENT).toBe(200);
    await ended;
    expect(stalls.length).toBeGreaterThan(0);
    expect(Math.min(...stalls)).toBeGreaterThan(250);
    expect(values.get('evenkeel_health_stalls_total')).toBe(stalls.length);
    expect(values.get('evenkeel_health_stalled_seconds_total')).toBeCloseTo(
      stalls.reduce((sum, each) => sum + each, 0) / 1000,
    );
  });

  it('answers GET and HEAD on /livez and /health/live only, uncached', async () => {
    const { url, port } = await watch();
    const origin = `http://127.0.0.1:${port}`;
    const get = await fetch(`${origin}/health/live?x=1`);
    expect(get.status).toBe(200);
    expect(get.headers.get('cache-control')).toBe('no-store');
    expect(get.headers.get('content-type')).toBe('application/health+json; charset=utf-8');
    expect(await get.json()).toEqual({ status: 'pass', stalled: false, eventLoopDelayMs: 0 });
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(url, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${origin}/readyz`)).status).toBe(404);
  });

  it("tells the checker's liveness too", async () => {
    const checker = new HealthChecker();
    checker.registerHealthCheck('deadlock', () => critical, { kind: 'liveness' });
    checker.registerHealthCheck('database', () => critical);
    const { url } = await watch({ checker });
    expect((await fetch(url)).status).toBe(200);
    await checker.runHealthChecks();
    await expect.poll(async () => (await fetch(url)).status, PATIENT).toBe(503);
    checker.unregisterHealthCheck('deadlock');
    await expect.poll(async () => (await fetch(url)).status, PATIENT).toBe(200);
  });

  it('starts and stops, also twice, and again', async () => {
    const { watchdog, url, port } = await watch();
    expect(await watchdog.start()).toEqual({ host: '127.0.0.1', port, url });
    await watchdog.stop();
    await watchdog.stop();
    await expect(fetch(url)).rejects.toThrow();
    const again = await watchdog.start();
    expect((await fetch(again.url)).status).toBe(200);
    await watchdog[Symbol.asyncDispose]();
    await expect(fetch(again.url)).rejects.toThrow();
  });

  it('can be stopped while it starts', async () => {
    const watchdog = new StallWatchdog();
    const starting = expect(watchdog.start()).rejects.toMatchObject({ code: 'WATCHDOG_START' });
    await watchdog.stop();
    await starting;
  });

  it('rejects when the port is taken, and can start later', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const watchdog = new StallWatchdog({ port });
    started.push(watchdog);
    await expect(watchdog.start()).rejects.toMatchObject({
      code: 'WATCHDOG_START',
      cause: expect.objectContaining({ message: expect.stringContaining('EADDRINUSE') }),
    });
    other.close();
    await once(other, 'close');
    expect((await watchdog.start()).port).toBe(port);
  });

  it('refuses bad options', () => {
    expect(() => new StallWatchdog({ threshold: 1, port: 70_000 })).toThrow(
      /threshold must be[\s\S]*port must be an integer from 0 to 65535/,
    );
  });
});
