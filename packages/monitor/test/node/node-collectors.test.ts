import { PerformanceMonitor } from '@evenkeel/monitor';
import { nodeCollectors, ProcessCollector, readFile } from '@evenkeel/monitor/node';
import { describe, expect, it } from 'vitest';
import { monitored } from '../fixtures.ts';
import { files } from './kernel-files.ts';

describe('nodeCollectors', () => {
  it('fill the summary of a real monitor', async () => {
    const monitor = new PerformanceMonitor({ collectors: nodeCollectors() });
    await monitor.start();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const snapshot = await monitor.collectMetrics();
    const { cpu, memory, eventLoop, gc, overhead, collectors } = monitor.getPerformanceSummary();
    await monitor.stop();
    expect(collectors.filter(({ failures }) => failures > 0)).toEqual([]);
    expect(snapshot.process).toMatchObject({ pid: process.pid });
    expect(cpu?.availableCpus).toBeGreaterThan(0);
    expect(memory?.usedRatio).toBeGreaterThan(0);
    expect(eventLoop?.utilization).toBeGreaterThanOrEqual(0);
    expect(gc?.ratio).toBeGreaterThanOrEqual(0);
    expect(overhead.ratio).toBeGreaterThan(0);
    expect(overhead.ratio).toBeLessThan(1);
  });

  it('work in virtual time', async () => {
    const { clock, monitor } = monitored();
    for (const [name, collector] of Object.entries(nodeCollectors({ clock })))
      monitor.addCollector(name, collector);
    const started = monitor.start();
    // The file system answers in real time.
    while (monitor.getSnapshots().length === 0) await new Promise((resolve) => setImmediate(resolve));
    await started;
    await clock.advanceAsync(4_999);
    expect(monitor.getSnapshots()).toHaveLength(1);
    clock.advance(1);
    while (monitor.getSnapshots().length === 1) await new Promise((resolve) => setImmediate(resolve));
    expect(monitor.getSnapshots()[1]).toMatchObject({
      timestamp: clock.now(),
      eventLoop: { meanDelayMs: 0, maxDelayMs: 0 },
    });
    await monitor.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('ProcessCollector', () => {
  it('reads the process', async () => {
    const reading = await new ProcessCollector().collect();
    expect(reading).toMatchObject({ pid: process.pid });
    expect(reading.uptimeSeconds).toBeGreaterThan(0);
    expect(Number.isInteger(reading.activeResources)).toBe(true);
  });

  it('reads the limit of open files where the system has one', async () => {
    const limits = 'Limit   Soft Limit  Hard Limit  Units\nMax open files            1024   4096   files\n';
    const withLimit = new ProcessCollector({ readFile: files({ '/proc/self/limits': limits }) });
    expect(await withLimit.collect()).toMatchObject({ maxOpenFiles: 1024 });
    const without = new ProcessCollector({ readFile: files({ '/proc/self/limits': null }) });
    expect(await without.collect()).not.toHaveProperty('maxOpenFiles');
  });
});

describe('readFile', () => {
  it('gives undefined for what cannot be read', () => {
    expect(readFile('/nowhere/at/all')).toBeUndefined();
    expect(readFile('/')).toBeUndefined();
  });
});
