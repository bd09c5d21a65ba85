import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Clock, type HealthStatus, VirtualClock } from '@evenkeel/core';
import { HealthChecker } from '@evenkeel/health';
import {
  diskCheck,
  eventLoopCheck,
  type MemoryReading,
  memoryCheck,
  nodeHealthChecks,
  uptimeCheck,
} from '@evenkeel/health/node';
import { describe, expect, it } from 'vitest';
import { readProcessMemory } from '../../src/node/memory-check.ts';

const run = (check: (signal: AbortSignal) => unknown): unknown => check(new AbortController().signal);

describe('nodeHealthChecks', () => {
  it('registers memory, event loop and uptime, which warn at most', async () => {
    const checker = new HealthChecker({ builtIn: nodeHealthChecks() });
    checker.start();
    const summary = await checker.runHealthChecks();
    await checker.stop();
    expect(checker.names()).toEqual(['memory', 'event-loop', 'uptime']);
    expect(summary.ok).toBe(true);
    for (const report of Object.values(summary.checks)) {
      expect(report).toMatchObject({ critical: false, kind: 'readiness', componentType: 'system', runs: 1 });
    }
  });

  it('leaves out what it is told to, and passes options on', () => {
    const definitions = nodeHealthChecks({ uptime: false, options: { critical: true, interval: '1s' } });
    expect(definitions.map(({ name, options }) => [name, options])).toEqual([
      ['memory', { critical: true, interval: '1s' }],
      ['event-loop', { critical: true, interval: '1s' }],
    ]);
    expect(nodeHealthChecks({ memory: false, eventLoop: false, uptime: false })).toEqual([]);
  });

  it('refuses bad options', () => {
    // @ts-expect-error: such an option does not exist
    expect(() => nodeHealthChecks({ disk: {} })).toThrow('disk must be absent');
    expect(() => nodeHealthChecks({ memory: { warning: 2 } })).toThrow(
      'warning must be a number from 0 to 1',
    );
    expect(() => nodeHealthChecks({ memory: { warning: 0.99 } })).toThrow(
      'critical must be at least the warning threshold, 0.99, got 0.95',
    );
    expect(() => eventLoopCheck({ critical: 100 })).toThrow('critical must be at least');
    expect(() => diskCheck('', {})).toThrow('path must be');
    expect(() => uptimeCheck({ warnBelow: 'x' })).toThrow('warnBelow must be');
  });
});

describe('memoryCheck', () => {
  const MB = 2 ** 20;
  const reading = (part: Partial<MemoryReading>): MemoryReading => ({
    residentBytes: 100 * MB,
    limitBytes: 1000 * MB,
    heapUsedBytes: 50 * MB,
    heapLimitBytes: 500 * MB,
    ...part,
  });

  it.each<[string, Partial<MemoryReading>, HealthStatus, RegExp]>([
    ['far from every limit', {}, 'healthy', /^10\.0 % of the memory limit/],
    ['near the container limit', { residentBytes: 850 * MB }, 'warning', /^85\.0 % of the memory limit/],
    ['at the container limit', { residentBytes: 950 * MB }, 'critical', /^95\.0 % of the memory limit/],
    ['near the heap limit', { heapUsedBytes: 450 * MB }, 'warning', /^90\.0 % of the heap limit/],
    [
      'at the heap limit',
      { heapUsedBytes: 499 * MB, residentBytes: 900 * MB },
      'critical',
      /^99\.8 % of the heap/,
    ],
  ])('%s', async (_name, part, status, message) => {
    const given = reading(part);
    const result = await run(memoryCheck({ read: () => given }));
    expect(result).toEqual({
      status,
      message: expect.stringMatching(message),
      details: { ...given, ratio: expect.any(Number) },
    });
  });

  it('reads this process: a limit that is in force, never 0 or beyond the machine', () => {
    const { residentBytes, limitBytes, heapUsedBytes, heapLimitBytes } = readProcessMemory();
    expect(limitBytes).toBeGreaterThan(residentBytes);
    expect(limitBytes).toBeLessThanOrEqual(totalmem());
    expect(heapUsedBytes).toBeGreaterThan(0);
    expect(heapLimitBytes).toBeGreaterThan(heapUsedBytes);
  });

  it.each([
    [0, undefined],
    [2 ** 64, undefined],
    [undefined, undefined],
    [64 * MB, 64 * MB],
  ])('understands constrainedMemory() of %s', (constrained, expected) => {
    const original = process.constrainedMemory;
    process.constrainedMemory = () => constrained as number;
    try {
      expect(readProcessMemory().limitBytes).toBe(expected ?? totalmem());
    } finally {
      process.constrainedMemory = original;
    }
  });
});

/** A clock whose timers come late by what the test says, as they do when the event loop is blocked. */
function blockableClock() {
  const clock = new VirtualClock();
  let blockedMs = 0;
  const blockable: Clock = {
    now: () => clock.now() + blockedMs,
    monotonic: () => clock.monotonic() + blockedMs,
    setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
    setInterval: (callback, periodMs) => clock.setInterval(callback, periodMs),
  };
  const block = (ms: number): void => {
    blockedMs += ms;
  };
  return {
    clock: blockable,
    advance: (ms: number) => clock.advance(ms),
    pending: () => clock.pending,
    block,
  };
}

describe('eventLoopCheck', () => {
  it('reads 0 when idle, and not the resolution of its timer', async () => {
    const { clock, advance } = blockableClock();
    const check = eventLoopCheck({ clock });
    check.begin?.();
    advance(10_000);
    expect(await run(check)).toMatchObject({ status: 'healthy', details: { maxDelayMs: 0, meanDelayMs: 0 } });
  });

  it('remembers a stall for the window, whoever reads in between, and sees one before its timer ran', async () => {
    const { clock, advance, block } = blockableClock();
    const check = eventLoopCheck({ clock, warning: 200, critical: 1000, window: '10s' });
    check.begin?.();
    advance(1000);
    block(300);
    expect(await run(check)).toMatchObject({ status: 'warning', details: { maxDelayMs: 250 } });
    advance(50);
    expect(await run(check)).toMatchObject({ status: 'warning', details: { maxDelayMs: 300 } });
    block(1200);
    advance(50);
    for (let reader = 0; reader < 3; reader++) {
      expect(await run(check)).toMatchObject({
        status: 'critical',
        message: expect.stringMatching(/^delayed by 1200 ms at most, \d+ % busy$/),
        details: { maxDelayMs: 1200 },
      });
    }
    advance(10_000);
    expect(await run(check)).toMatchObject({ status: 'healthy', details: { maxDelayMs: 0 } });
  });

  it('measures from the start of the checker to its stop', async () => {
    const { clock, advance, pending } = blockableClock();
    const builtIn = nodeHealthChecks({ memory: false, uptime: false, clock, options: { interval: 0 } });
    const checker = new HealthChecker({ clock, builtIn });
    expect(pending()).toBe(0);
    checker.start();
    advance(1000);
    expect(pending()).toBeGreaterThan(0);
    await checker.stop();
    expect(pending()).toBe(0);
    expect((await checker.runHealthChecks()).checks['event-loop']).toMatchObject({ status: 'healthy' });
  });

  it('notices that this very thread is blocked', async () => {
    const check = eventLoopCheck({ warning: 20, critical: 60_000 });
    const end = check.begin?.();
    // The timer is due after 50 ms, so that a block of 200 ms delays it by 100 ms at the very least.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    expect(await run(check)).toMatchObject({ status: 'warning' });
    end?.();
  });
});

describe('uptimeCheck', () => {
  it('is healthy, and warns below the age it is told', async () => {
    expect(await run(uptimeCheck())).toMatchObject({
      status: 'healthy',
      message: expect.stringMatching(/^up for /),
      details: { uptimeMs: expect.any(Number) },
    });
    expect(await run(uptimeCheck({ warnBelow: '3650d' }))).toMatchObject({ status: 'warning' });
  });
});

describe('diskCheck', () => {
  it('judges the file system of the path by its used part', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evenkeel-disk-'));
    try {
      const roomy = await run(diskCheck(folder, { warning: 1, critical: 1 }));
      expect(roomy).toMatchObject({
        message: expect.stringMatching(/^\d+\.\d % used, .+ left$/),
        details: { ratio: expect.any(Number) },
      });
      expect(await run(diskCheck(folder, { warning: 0, critical: 0 }))).toMatchObject({ status: 'critical' });
      expect(await run(diskCheck(folder, { warning: 0, critical: 1 }))).toMatchObject({ status: 'warning' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is critical for a path that is not there', async () => {
    const checker = new HealthChecker();
    checker.registerHealthCheck('data', diskCheck('/no/such/folder'));
    expect((await checker.runHealthChecks()).checks.data).toMatchObject({
      status: 'critical',
      reason: 'error',
      message: expect.stringMatching(/^ENOENT/),
    });
  });
});
