import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { check, type HistoryEvent, longestStaleness } from '../../proofs/redis/oracle.ts';
import { describeWithRedis } from './support/peers.ts';

describe('the check of a history', () => {
  const read = (version: number, startMs: number, process = 0, endMs = startMs + 1): HistoryEvent => {
    return { kind: 'read', process, key: 'k', version, startMs, endMs };
  };
  const invalidation = (version: number, endMs: number, process = 1, acknowledged = true): HistoryEvent => {
    return { kind: 'invalidation', process, key: 'k', version, endMs, acknowledged };
  };
  const rules = (events: readonly HistoryEvent[], truth = 3) =>
    check(events, truth, 100).map(({ rule, version, expected, ageMs }) => [rule, version, expected, ageMs]);

  it('allows old values within the bound, and not after it', () => {
    const events = [invalidation(2, 1000), invalidation(3, 1010), read(1, 1100), read(2, 1100)];
    expect(rules(events)).toEqual([]);
    expect(longestStaleness(events)).toBe(100);
    expect(rules([...events, read(1, 1101)])).toEqual([['stale past the bound', 1, 2, 101]]);
    expect(rules([...events, read(2, 1200)])).toEqual([['stale past the bound', 2, 3, 190]]);
  });

  it('holds a process to its own invalidations at once, acknowledged or not', () => {
    expect(rules([invalidation(2, 1000, 0, false), read(1, 1000), read(2, 1001)])).toEqual([]);
    const undone = [invalidation(2, 1000, 0, false), read(1, 1001)];
    expect(rules(undone)).toEqual([['own invalidation undone', 1, 2, 1]]);
    expect(rules([invalidation(2, 1000, 1, false), read(1, 5000)])).toEqual([]);
  });

  it('does not let a process go back past what it has seen in force', () => {
    expect(rules([invalidation(2, 1000), read(2, 1010), read(1, 1020)])).toEqual([['went back', 1, 2, 9]]);
    expect(rules([invalidation(2, 1000), read(2, 1010), read(1, 1020, 2)])).toEqual([]);
    // Not in force when it was read, and not yet seen when the other began.
    expect(rules([invalidation(2, 1015), read(2, 1010), read(1, 1020)])).toEqual([]);
    expect(rules([invalidation(2, 1000), read(2, 1010, 0, 1030), read(1, 1020)])).toEqual([]);
  });

  it('wants all to agree with the source at the end', () => {
    const finals: HistoryEvent[] = [1, 2].map((version) => {
      return { kind: 'final', process: version, key: 'k', version };
    });
    expect(rules(finals, 2)).toEqual([['disagrees at the end', 1, 2, 0]]);
  });
});

describeWithRedis('histories of several processes', () => {
  it.each([
    ['evenkeel', 0, /histories with a violation +0\n/],
    ['evenkeel-ioredis', 0, /histories with a violation +0\n/],
    ['bentocache', 1, /own invalidation undone +\d/],
    ['cacheable', 1, /own invalidation undone +\d/],
  ])('%s', { timeout: 60_000 }, async (subject, code, output) => {
    const script = fileURLToPath(new URL('../../proofs/redis/histories.mjs', import.meta.url));
    const args = [script, '--subject', subject, '--histories', '40', '--seconds', '3'];
    const result = await new Promise((resolve) => {
      execFile(process.execPath, args, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, output: stdout + stderr });
      });
    });
    expect(result).toEqual({ code, output: expect.stringMatching(output) });
  });
});
