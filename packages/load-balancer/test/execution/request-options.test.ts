import { ConfigurationError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { type RequestPlan, readRequestOptions } from '../../src/execution/request-options.ts';

const DEFAULTS: RequestPlan = {
  key: undefined,
  timeoutMs: 10_000,
  deadlineMs: 30_000,
  retries: 2,
  idempotent: false,
  hedge: true,
  signal: undefined,
  judge: undefined,
};

function issuesOf(options: unknown): unknown {
  try {
    readRequestOptions(options as never, DEFAULTS);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues.map(({ path }) => path);
    throw error;
  }
  return 'none';
}

describe('readRequestOptions', () => {
  it('gives the balancer’s own for what is absent', () => {
    expect(readRequestOptions(undefined, DEFAULTS)).toBe(DEFAULTS);
    expect(readRequestOptions({}, DEFAULTS)).toEqual(DEFAULTS);
    expect(readRequestOptions({ timeout: undefined, key: undefined }, DEFAULTS)).toEqual(DEFAULTS);
  });

  it('reads times in ms and in words alike', () => {
    const expected = { ...DEFAULTS, timeoutMs: 1500, deadlineMs: 4000 };
    expect(readRequestOptions({ timeout: 1500, deadline: 4000 }, DEFAULTS)).toEqual(expected);
    expect(readRequestOptions({ timeout: '1.5s', deadline: '4s' }, DEFAULTS)).toEqual(expected);
  });

  it('lets a try take no longer than the request', () => {
    expect(readRequestOptions({ deadline: 2000 }, DEFAULTS)).toMatchObject({ timeoutMs: 2000 });
    expect(issuesOf({ timeout: 3000, deadline: 2000 })).toEqual(['timeout']);
    expect(issuesOf({ timeout: '31s' })).toEqual(['timeout']);
  });

  it.each([
    [{ key: '' }, ['key']],
    [{ key: 5 }, ['key']],
    [{ timeout: 0 }, ['timeout']],
    [{ timeout: 'soon', deadline: -1 }, ['timeout', 'deadline']],
    [{ timeout: Number.POSITIVE_INFINITY }, ['timeout']],
    [{ retries: 11 }, ['retries']],
    [{ retries: 1.5 }, ['retries']],
    [{ idempotent: 'yes' }, ['idempotent']],
    [{ signal: {} }, ['signal']],
    [{ judge: 'success' }, ['judge']],
    [{ retry: 3 }, ['retry']],
    [{ hedge: true }, ['hedge']],
    [null, ['']],
    ['fast', ['']],
  ])('refuses %j', (options, paths) => {
    expect(issuesOf(options)).toEqual(paths);
  });
});
