import { setTimeout as sleep } from 'node:timers/promises';
import { fakeSensor, ResourceAllocationManager } from '@evenkeel/allocator';
import { VirtualClock } from '@evenkeel/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackgroundWork } from '../../src/background/background-work.ts';
import { type Database, openDatabase } from '../../src/catalogue/database.ts';
import { prepareCatalogue } from '../../src/catalogue/schema.ts';
import { type RunningService, startService } from '../../src/service.ts';
import { SETTINGS } from '../support/settings.ts';

const JOBS = ['report builder', 'image resizer', 'index warmer'] as const;
type JobName = (typeof JOBS)[number];

describe('pausing a job through the allocator', () => {
  let service: RunningService;

  beforeAll(async () => {
    service = await startService({ ...SETTINGS, products: 20_000, background: 50 });
    await Promise.all(JOBS.map((job) => manager().pauseComponent(job)));
  }, 60_000);

  afterAll(() => service?.stop());

  const manager = () => service.system.getComponent('allocator');

  async function jobOf(name: JobName): Promise<{ produced: string; heldBytes: number }> {
    const response = await fetch(new URL('/background', service.address));
    const { jobs } = (await response.json()) as {
      jobs: { name: string; produced: string; heldBytes: number }[];
    };
    return jobs.find((job) => job.name === name) ?? { produced: '', heldBytes: Number.NaN };
  }

  const heldBytes = async (job: JobName): Promise<number> => (await jobOf(job)).heldBytes;

  it.each(JOBS)('frees the CPU and the memory of the %s', { timeout: 120_000 }, async (job) => {
    const before = await jobOf(job);
    await manager().resumeComponent(job);
    await expect.poll(() => heldBytes(job), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(async () => (await jobOf(job)).produced, { timeout: 60_000 }).not.toBe(before.produced);
    expect(await manager().pauseComponent(job)).toMatchObject({ kind: 'paused', by: 'caller' });
    const paused = await jobOf(job);
    await sleep(1000);
    expect(await jobOf(job)).toEqual(paused);
    expect(await heldBytes(job)).toBe(0);
  });

  it('gives the memory of the pictures back to the system at once', { timeout: 120_000 }, async () => {
    const imageResizer = 'image resizer';
    await manager().resumeComponent(imageResizer);
    const painted = async () => (await heldBytes(imageResizer)) / 2 ** 20;
    await expect.poll(painted, { timeout: 30_000 }).toBe(48);
    await sleep(2000);
    const before = process.memoryUsage.rss();
    await manager().pauseComponent(imageResizer);
    expect((before - process.memoryUsage.rss()) / 2 ** 20).toBeGreaterThan(30);
  });

  it('takes suggestions away with the index, and brings both back', { timeout: 120_000 }, async () => {
    const isWarm = async () => {
      const response = await fetch(new URL('/suggestions?q=la', service.address));
      const body = (await response.json()) as { isWarm: boolean; suggestions: unknown[] };
      return [body.isWarm, body.suggestions.length];
    };
    expect(await isWarm()).toEqual([false, 0]);
    await manager().resumeComponent('index warmer');
    await expect.poll(isWarm, { timeout: 30_000 }).toEqual([true, 8]);
    await manager().pauseComponent('index warmer');
    expect(await isWarm()).toEqual([false, 0]);
  });
});

describe('under pressure', () => {
  let database: Database;
  let products: number;

  beforeAll(async () => {
    database = await openDatabase({ databaseUrl: undefined });
    products = await prepareCatalogue(database.pool, 2000);
  }, 60_000);

  afterAll(() => database?.close());

  it('jobs give way in order, large and unimportant first, and come back in reverse', async () => {
    const clock = new VirtualClock();
    const cpu = fakeSensor('cpu');
    const manager = new ResourceAllocationManager({ sensors: [cpu], clock });
    const background = new BackgroundWork({ database: database.pool, products, appetite: 0.05 });
    const order = { reduced: new Set<string>(), paused: new Set<string>(), resumed: new Set<string>() };
    manager.on('resource-manager:component-reduced', ({ id }) => order.reduced.add(id));
    manager.on('resource-manager:component-paused', ({ id }) => order.paused.add(id));
    manager.on('resource-manager:component-resumed', ({ id }) => order.resumed.add(id));
    const kinds = () => Object.values(manager.getComponentStates()).map(({ kind }) => kind);
    /* The allocator's time is virtual, so that minutes pass at once; the jobs' slices are real. */
    const passUntil = async (isReached: () => boolean): Promise<void> => {
      for (let step = 0; step < 1000 && !isReached(); step++) {
        await clock.advanceAsync(500);
        await sleep(5);
      }
    };

    background.start(manager);
    manager.start();
    try {
      cpu.set(1.5);
      await passUntil(() => kinds().every((kind) => kind === 'paused'));
      const victims = ['image resizer', 'report builder', 'index warmer'];
      expect([...order.reduced]).toEqual(victims);
      expect([...order.paused]).toEqual(victims);
      expect(kinds()).toEqual(['paused', 'paused', 'paused']);
      expect(background.snapshot().map(({ heldBytes }) => heldBytes)).toEqual([0, 0, 0]);

      cpu.set(0.1);
      await passUntil(() => kinds().every((kind) => kind === 'running'));
      expect([...order.resumed]).toEqual(victims.toReversed());
      expect(kinds()).toEqual(['running', 'running', 'running']);
    } finally {
      await background.stop();
      await manager.stop();
    }
  });

  it('what was paused stays stopped when the service stops, though the allocator resumes all', async () => {
    const manager = new ResourceAllocationManager();
    const background = new BackgroundWork({ database: database.pool, products, appetite: 0.5 });
    background.start(manager);
    await manager.pauseComponent('image resizer');
    await Promise.all([background.stop(), manager.stop()]);
    const made = background.snapshot();
    await sleep(300);
    expect(background.snapshot()).toEqual(made);
    expect(made.map(({ heldBytes }) => heldBytes)).toEqual([0, 0, 0]);
  });
});

describe('a visitor who gives the background work most of a core each', () => {
  it('sees the allocator take it back, and the service answer', { timeout: 120_000 }, async () => {
    const service = await startService({ ...SETTINGS, products: 20_000, background: 80 });
    try {
      const manager = service.system.getComponent('allocator');
      const shares = () =>
        Object.fromEntries(
          Object.entries(manager.getComponentStates()).map(([id, state]) => [id, state.kind]),
        );
      await expect
        .poll(shares, { timeout: 30_000, interval: 100 })
        .toMatchObject({ 'image resizer': expect.stringMatching(/^(reduced|paused)$/) });
      const response = await fetch(new URL('/products/3', service.address));
      expect(response.status).toBe(200);
    } finally {
      await service.stop();
    }
  });
});
