import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import type { HealthCheckSettings } from '../../src/health/health-check-settings.ts';
import type { ServerCheck } from '../../src/health/server-check.ts';
import { type CheckStatus, ServerChecker } from '../../src/health/server-checker.ts';
import { describeServer, INITIAL_SETTINGS } from '../../src/servers/server-options.ts';

const SETTINGS: HealthCheckSettings = {
  check: undefined,
  interval: 5000,
  timeout: 2000,
  healthyThreshold: 2,
  unhealthyThreshold: 3,
  jitter: 0,
};

const server = describeServer('a', INITIAL_SETTINGS);
const never = new Promise<never>(() => {});

function checkerFor(check: ServerCheck, settings: Partial<HealthCheckSettings> = {}) {
  const clock = new VirtualClock();
  const results: [number, CheckStatus, string | undefined][] = [];
  const hangs: string[] = [];
  const checker = new ServerChecker({
    check,
    server: () => server,
    status: 'unchecked',
    settings: { ...SETTINGS, ...settings },
    clock,
    random: seededRandom(1),
    onResult: (status, failure) => results.push([clock.monotonic(), status, failure]),
    onHang: (error) => hangs.push(error.message),
  });
  return { clock, checker, results, hangs, statuses: () => results.map(([, status]) => status).join(' ') };
}

/** A check with these outcomes in turn; then it passes. */
function scripted(outcomes: string): ServerCheck {
  let calls = 0;
  return () => outcomes[calls++] !== 'f';
}

describe('ServerChecker', () => {
  it('believes the first result at once, and then so many in a row', async () => {
    const { clock, checker, results, statuses } = checkerFor(scripted('pffpfffpfpp'));
    checker.start(0);
    while (results.length < 11) await clock.advanceAsync(1000);
    expect(statuses()).toBe(
      'passing passing passing passing passing passing failing failing failing failing passing',
    );
    await checker.stop();
    expect(clock.pending).toBe(0);
  });

  it('passes whatever resolves to anything but false', async () => {
    for (const value of [undefined, null, 0, '', {}, true, Symbol('junk')]) {
      const { clock, checker, results } = checkerFor(async () => value);
      checker.start(10);
      await clock.advanceAsync(10);
      expect(results).toEqual([[10, 'passing', undefined]]);
      await checker.stop();
    }
  });

  it.each<[string, ServerCheck, string]>([
    ['says false', async () => false, 'the check says no'],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'broken',
    ],
    ['rejects', () => Promise.reject(new Error('refused')), 'refused'],
    [
      'throws what is no error',
      () => {
        throw undefined;
      },
      'a value that is no error was thrown: undefined',
    ],
  ])('fails a check that %s', async (_, check, reason) => {
    const { clock, checker, results } = checkerFor(check);
    checker.start(0);
    await clock.advanceAsync(0);
    expect(results).toEqual([[0, 'failing', reason]]);
    await checker.stop();
  });

  it('gives a check up at its time-out, and its signal fires', async () => {
    let signal: AbortSignal | undefined;
    const { clock, checker, results } = checkerFor((_, given) => {
      signal = given;
      return new Promise((_, reject) => given.addEventListener('abort', () => reject(given.reason)));
    });
    checker.start(0);
    await clock.advanceAsync(1999);
    expect([signal?.aborted, results]).toEqual([false, []]);
    await clock.advanceAsync(1);
    expect(signal?.aborted).toBe(true);
    expect(results).toEqual([[2000, 'failing', 'the check did not finish within 2000 ms']]);
    await checker.stop();
  });

  it('never runs two checks at once, counts hanging ones as failures, and takes them for lost in the end', async () => {
    let calls = 0;
    const { clock, checker, results, hangs } = checkerFor(() => {
      calls += 1;
      return never;
    });
    checker.start(0);
    await clock.advanceAsync(29_000);
    expect(calls).toBe(1);
    expect(results.length).toBeGreaterThanOrEqual(6);
    expect(results.every(([, status]) => status === 'failing')).toBe(true);
    expect(results.at(-1)?.[2]).toMatch(/^a check has not returned for \d+\.\d s$/);
    await clock.advanceAsync(10 * 60_000);
    expect(calls).toBe(3);
    expect(hangs).toHaveLength(3);
    await checker.stop();
    expect(clock.pending).toBe(0);
  });

  it('keeps to its interval with jitter', async () => {
    const { clock, checker, results } = checkerFor(() => true, { jitter: 0.2 });
    checker.start(0);
    await clock.advanceAsync(600_000);
    const gaps = results.slice(1).map(([atMs], index) => atMs - (results[index]?.[0] ?? 0));
    // The first gap is any part of the interval.
    expect(gaps[0]).toBeLessThanOrEqual(5000);
    for (const gap of gaps.slice(1)) {
      expect(gap).toBeGreaterThanOrEqual(4000);
      expect(gap).toBeLessThanOrEqual(6000);
    }
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(gaps.length / 2);
    await checker.stop();
  });

  it('gives no result after it was stopped, not even of the check under way', async () => {
    let end = (_: boolean): void => {};
    const { clock, checker, results } = checkerFor(() => new Promise((resolve) => (end = resolve)));
    checker.start(0);
    await clock.advanceAsync(0);
    const stopped = checker.stop();
    end(true);
    await stopped;
    await clock.advanceAsync(60_000);
    expect(results).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
