import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { observePage, type PageObservation } from '../../proofs/sensors/browser-rows.ts';
import { hasChromium } from '../../proofs/sensors/chromium.ts';

/* On CI a browser must be there: a test that can't run there fails. */
const isRunnable = hasChromium() || process.env.CI !== undefined;

function loopOf({ sweeps, beganMs }: PageObservation, when: 'before' | 'after'): number[] {
  return sweeps
    .filter(({ atMs }) => (when === 'before' ? atMs < beganMs : atMs >= beganMs && atMs <= beganMs + 1000))
    .map(({ ours }) => ours.eventLoop ?? Number.NaN);
}

describe.skipIf(!isRunnable)('the sensors of a page, in Chromium', () => {
  let programs: URL;
  beforeAll(async () => {
    programs = await bundle(['sensors/page.ts']);
  }, 60_000);
  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  it('see a real long task within a second, and nothing before', { timeout: 40_000 }, async () => {
    const page = await observePage(programs, 'long-tasks');
    expect(page.kinds).toEqual(['ComputePressureSensor', 'MainThreadSensor', 'PageHeapSensor']);
    expect(Math.max(...loopOf(page, 'before'))).toBeLessThan(0.8);
    expect(Math.max(...loopOf(page, 'after'))).toBeGreaterThan(1.5);
    const memory = page.sweeps.map(({ ours }) => ours.memory ?? Number.NaN);
    expect(Math.min(...memory)).toBeGreaterThan(0);
    expect(Math.max(...memory)).toBeLessThan(0.5);
    // How busy the machine is, nobody knows; that the browser has told, and been understood, is seen.
    expect(page.sweeps.map(({ ours }) => ours.cpu).find((cpu) => cpu !== undefined)).toBeGreaterThan(0);
    expect(page.faults).toEqual([]);
    expect(page.afterStop).toEqual(['memory']);
  });

  it('see it by their timers where the browser does not tell of tasks', { timeout: 40_000 }, async () => {
    const page = await observePage(programs, 'long-tasks,PerformanceObserver');
    expect(Math.max(...loopOf(page, 'before'))).toBeLessThan(0.8);
    expect(Math.max(...loopOf(page, 'after'))).toBeGreaterThan(1.5);
    expect(page.afterStop).toEqual(['memory']);
  });
});
