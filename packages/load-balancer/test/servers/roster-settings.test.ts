import { ConfigurationError, readOptions } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { ROSTER_FIELDS } from '../../src/servers/roster-settings.ts';

const read = (options: unknown) => readOptions('LoadBalancer', options, ROSTER_FIELDS);

describe('ROSTER_FIELDS', () => {
  it('has these defaults', () => {
    expect(read({})).toEqual({
      slowStart: 10_000,
      panicThreshold: 0.5,
      outlierDetection: {
        consecutiveFailures: 3,
        excessFailures: 0.2,
        baseEjection: 5000,
        maxEjection: 60_000,
        maxEjected: 0.5,
      },
      healthCheck: {
        check: undefined,
        interval: 5000,
        timeout: 2000,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
        jitter: 0.1,
      },
      drainTimeout: 30_000,
    });
  });

  it('takes times as text, false for no outlier detection, and part of the options', () => {
    const check = (): boolean => true;
    expect(
      read({
        slowStart: '1m',
        outlierDetection: false,
        healthCheck: { check, interval: '250ms' },
        drainTimeout: 0,
      }),
    ).toMatchObject({
      slowStart: 60_000,
      outlierDetection: false,
      healthCheck: { check, interval: 250, timeout: 2000 },
      drainTimeout: 0,
    });
  });

  it.each<[string, object, string]>([
    ['panicThreshold', { panicThreshold: 1.1 }, 'panicThreshold must be a number from 0 to 1, got 1.1'],
    ['slowStart', { slowStart: -1 }, 'slowStart must be milliseconds or a string'],
    ['outlierDetection', { outlierDetection: true }, ', or false, got true'],
    ['a typo', { outlierDetection: { maxEjectd: 1 } }, 'did you mean maxEjected?'],
    [
      'maxEjected',
      { outlierDetection: { maxEjected: 2 } },
      'outlierDetection.maxEjected must be a number from 0 to 1',
    ],
    [
      'maxEjection',
      { outlierDetection: { baseEjection: '2m' } },
      'outlierDetection.maxEjection must be at least baseEjection, 120000 ms, got 60000',
    ],
    ['check', { healthCheck: { check: 'http' } }, 'healthCheck.check must be a function, got "http"'],
    ['interval', { healthCheck: { interval: 0 } }, 'healthCheck.interval must be milliseconds or a string'],
    ['null', { healthCheck: null }, 'healthCheck must be an object with check, interval'],
  ])('refuses a wrong %s', (_, options, message) => {
    expect(() => read(options)).toThrow(ConfigurationError);
    expect(() => read(options)).toThrow(message);
  });
});
