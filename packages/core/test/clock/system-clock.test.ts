import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '@evenkeel/core';
import ts from 'typescript';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('systemClock', () => {
  it('tells wall time and monotonic time', () => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
    const startMs = systemClock.monotonic();
    vi.advanceTimersByTime(250);
    expect(systemClock.now()).toBe(1_700_000_000_250);
    expect(systemClock.monotonic() - startMs).toBe(250);
    vi.setSystemTime(0);
    expect(systemClock.now()).toBe(0);
    expect(systemClock.monotonic() - startMs).toBe(250);
  });

  it('runs a timeout once, and not when it was cancelled', () => {
    vi.useFakeTimers();
    const kept = vi.fn();
    const cancelled = vi.fn();
    systemClock.setTimeout(kept, 10);
    const cancel = systemClock.setTimeout(cancelled, 10);
    cancel();
    cancel();
    vi.advanceTimersByTime(9);
    expect(kept).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(kept).toHaveBeenCalledTimes(1);
    expect(cancelled).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([2 ** 31, 2 ** 31 + 1000, 3 * 2 ** 31])(
    'waits out a delay of %s ms, longer than a platform timer can be',
    (delayMs) => {
      vi.useFakeTimers();
      const callback = vi.fn();
      systemClock.setTimeout(callback, delayMs);
      vi.advanceTimersByTime(delayMs - 1);
      expect(callback).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(callback).toHaveBeenCalledTimes(1);
    },
  );

  it('cancels a long delay also in its second part', () => {
    vi.useFakeTimers();
    const callback = vi.fn();
    const cancel = systemClock.setTimeout(callback, 2 ** 31 + 5000);
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never runs a timeout of Infinity, and soon one that is negative or NaN', () => {
    vi.useFakeTimers();
    const ran: string[] = [];
    systemClock.setTimeout(() => ran.push('never'), Number.POSITIVE_INFINITY);
    systemClock.setTimeout(() => ran.push('negative'), -5);
    systemClock.setTimeout(() => ran.push('NaN'), Number.NaN);
    vi.advanceTimersByTime(1);
    expect(ran).toEqual(['negative', 'NaN']);
    vi.advanceTimersByTime(2 ** 32);
    expect(ran).toEqual(['negative', 'NaN']);
  });

  it('runs an interval until it is cancelled, also from within', () => {
    vi.useFakeTimers();
    const outside = vi.fn();
    const cancelOutside = systemClock.setInterval(outside, 10);
    const inside = vi.fn(() => {
      if (inside.mock.calls.length === 2) cancelInside();
    });
    const cancelInside = systemClock.setInterval(inside, 10);
    vi.advanceTimersByTime(35);
    expect(outside).toHaveBeenCalledTimes(3);
    expect(inside).toHaveBeenCalledTimes(2);
    cancelOutside();
    cancelOutside();
    vi.advanceTimersByTime(100);
    expect(outside).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes a period below a millisecond for a millisecond', () => {
    vi.useFakeTimers();
    for (const periodMs of [0, -3, Number.NaN]) {
      const callback = vi.fn();
      const cancel = systemClock.setInterval(callback, periodMs);
      vi.advanceTimersByTime(5);
      cancel();
      expect(callback).toHaveBeenCalledTimes(5);
    }
  });

  it('keeps an interval going whose callback throws', () => {
    vi.useFakeTimers();
    const callback = vi.fn(() => {
      throw new Error('boom');
    });
    const cancel = systemClock.setInterval(callback, 10);
    for (let tick = 0; tick < 3; tick++) expect(() => vi.advanceTimersByTime(10)).toThrow('boom');
    expect(callback).toHaveBeenCalledTimes(3);
    cancel();
  });

  it('repeats after periods that are longer than timers can be', () => {
    vi.useFakeTimers();
    const callback = vi.fn();
    const cancel = systemClock.setInterval(callback, 2 ** 32);
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(callback).toHaveBeenCalledTimes(0);
    vi.advanceTimersByTime(1 + 2 ** 32);
    expect(callback).toHaveBeenCalledTimes(2);
    cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('holds no process open', async () => {
    // A process of its own, on the sources as they are, without their types.
    const folder = mkdtempSync(join(tmpdir(), 'evenkeel-clock-'));
    try {
      const sources = join(import.meta.dirname, '../../src/clock');
      cpSync(sources, folder, { recursive: true });
      for (const name of readdirSync(folder)) {
        const { outputText } = ts.transpileModule(readFileSync(join(folder, name), 'utf8'), {
          compilerOptions: {
            module: ts.ModuleKind.ESNext,
            target: ts.ScriptTarget.ES2022,
            verbatimModuleSyntax: true,
            rewriteRelativeImportExtensions: true,
          },
        });
        writeFileSync(join(folder, name.replace(/\.ts$/, '.js')), outputText);
      }
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      writeFileSync(
        join(folder, 'main.js'),
        `import { systemClock } from './system-clock.js';
         const never = () => { console.log('a timer ran'); };
         systemClock.setTimeout(never, 60_000);
         systemClock.setTimeout(never, 2 ** 33);
         systemClock.setInterval(never, 60_000);
         // One that ran keeps the process no more than one that waits.
         let ticks = 0;
         const open = setInterval(() => ticks > 0 && clearInterval(open), 5);
         systemClock.setInterval(() => { ticks += 1; }, 1);
         process.on('exit', () => console.log('left after', ticks > 0 ? 'a tick' : 'no tick'));`,
      );
      const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.js')], {
        timeout: 15_000,
      });
      expect(stdout).toBe('left after a tick\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
