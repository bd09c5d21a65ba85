import { once } from 'node:events';
import { join } from 'node:path';
import { type DrainResult, HealthChecker } from '@evenkeel/health';
import { drainOnSignal } from '@evenkeel/health/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BuiltProgram, buildProgram } from './built-program.ts';

describe('drainOnSignal in this process', () => {
  const SIGNAL = 'SIGUSR2';

  it('drains at the first signal and listens no longer', async () => {
    const checker = new HealthChecker();
    const result = await new Promise<DrainResult>((resolve) => {
      drainOnSignal(checker, { signals: [SIGNAL], delay: 0, onDrained: resolve });
      process.emit(SIGNAL);
      expect(process.listenerCount(SIGNAL)).toBe(0);
      expect(checker.phase).toBe('draining');
    });
    expect(result).toMatchObject({ outcome: 'closed' });
  });

  it('can be told to stop listening', () => {
    const stop = drainOnSignal(new HealthChecker(), { signals: [SIGNAL] });
    expect(process.listenerCount(SIGNAL)).toBe(1);
    stop();
    stop();
    expect(process.listenerCount(SIGNAL)).toBe(0);
  });

  it('reports what onDrained throws', async () => {
    const checker = new HealthChecker();
    const reported = new Promise<string>((resolve) => {
      checker.on('error', ({ source, error }) => resolve(`${source}: ${error.message}`));
    });
    const onDrained = (): never => {
      throw new Error('boom');
    };
    drainOnSignal(checker, { signals: [SIGNAL], delay: 0, onDrained });
    process.emit(SIGNAL);
    expect(await reported).toBe('onDrained: boom');
  });

  it('refuses bad options at once, not at the signal', () => {
    const checker = new HealthChecker();
    expect(() => drainOnSignal(checker, { delay: 'soon' })).toThrow('delay must be');
    // @ts-expect-error: signals are a list
    expect(() => drainOnSignal(checker, { signals: 'SIGTERM' })).toThrow('signals must be a list');
  });
});

describe('drainOnSignal in a process of its own', () => {
  let program: BuiltProgram;

  beforeAll(async () => {
    program = await buildProgram(join(import.meta.dirname, 'programs/drains-on-signal.ts'));
  }, 60_000);

  afterAll(() => program.remove());

  it.each([
    ['with 0 when all was closed', 'close', 0],
    ['with 1 at the deadline', 'hang', 1],
  ])('keeps the process alive until it has drained, then exits %s', async (_name, mode, code) => {
    const child = program.run({ MODE: mode });
    const ended = once(child, 'exit');
    await once(child, 'message');
    const closing = once(child, 'message');
    child.kill('SIGTERM');
    expect((await closing)[0]).toBe('closing');
    expect(await ended).toEqual([code, null]);
  });

  it('lets a second signal end the process', async () => {
    const child = program.run({ MODE: 'wait' });
    const ended = once(child, 'exit');
    await once(child, 'message');
    const closing = once(child, 'message');
    child.kill('SIGTERM');
    await closing;
    child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
  });

  it('keeps no process alive: neither checks in the background nor the watchdog', async () => {
    const child = program.run({ MODE: 'leave' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
