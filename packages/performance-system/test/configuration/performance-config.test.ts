import { ConfigurationError } from '@evenkeel/core';
import {
  getPerformanceConfig,
  getPerformanceConfigJsonSchema,
  type PerformanceConfig,
  type PerformanceConfigInput,
  validatePerformanceConfig,
} from '@evenkeel/performance-system';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';

const NO_VARIABLES = {};

function faultsOf(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigurationError) {
      return error.issues.map(
        ({ path, value, expected }) => `${path} | ${JSON.stringify(value)} | ${expected}`,
      );
    }
    throw error;
  }
  return [];
}

describe('getPerformanceConfig', () => {
  it('gives a whole configuration for every environment, in ms', () => {
    const development = getPerformanceConfig('development', {}, NO_VARIABLES);
    expect(development).toMatchObject({
      environment: 'development',
      shutdownTimeout: 5000,
      performanceMonitor: {
        collectInterval: 5000,
        thresholds: { responseTime: { warning: 500, critical: 2000 } },
      },
      healthChecker: { interval: 10_000, totalBudget: 800 },
      metricsCollector: { maxSeries: 1000 },
    });
    expect(getPerformanceConfig('production', {}, NO_VARIABLES).performanceMonitor.collectInterval).toBe(
      10_000,
    );
    expect(getPerformanceConfig('testing', {}, NO_VARIABLES).healthChecker.interval).toBe(1000);
    expectTypeOf(development.performanceMonitor.collectInterval).toEqualTypeOf<number>();
  });

  it('merges deeply: environment over defaults, overrides over both, variables over all', () => {
    const overrides: PerformanceConfigInput = {
      performanceMonitor: {
        collectInterval: '2m',
        thresholds: { errorRate: 0.01, responseTime: { warning: 5, critical: 6 } },
      },
      metricsCollector: { maxSeries: 7 },
    };
    const config = getPerformanceConfig('production', overrides, {
      EVENKEEL_METRICS_COLLECTOR_MAX_SERIES: '9',
    });
    expect(config.performanceMonitor).toMatchObject({
      collectInterval: 120_000,
      window: 300_000,
      thresholds: {
        errorRate: { warning: 0.01, critical: 0.02 },
        responseTime: { warning: 5, critical: 6 },
        memory: { warning: 0.8, critical: 0.95 },
      },
    });
    expect(config.metricsCollector.maxSeries).toBe(9);
  });

  it('takes its own result again, and changes nothing in it', () => {
    for (const environment of ['development', 'production', 'testing'] as const) {
      const config = getPerformanceConfig(environment, { healthChecker: { interval: '3s' } }, NO_VARIABLES);
      expect(getPerformanceConfig(environment, config, NO_VARIABLES)).toEqual(config);
      expect(validatePerformanceConfig(config)).toEqual({ isValid: true, errors: [] });
    }
  });

  it.each([
    ['EVENKEEL_SHUTDOWN_TIMEOUT', '30s', (c) => c.shutdownTimeout, 30_000],
    ['EVENKEEL_SHUTDOWN_TIMEOUT', '2500', (c) => c.shutdownTimeout, 2500],
    [
      'EVENKEEL_PERFORMANCE_MONITOR_ENABLE_DEBUG_LOGGING',
      'Yes',
      (c) => c.performanceMonitor.enableDebugLogging,
      true,
    ],
    [
      'EVENKEEL_PERFORMANCE_MONITOR_ENABLE_DEBUG_LOGGING',
      '0',
      (c) => c.performanceMonitor.enableDebugLogging,
      false,
    ],
    [
      'EVENKEEL_PERFORMANCE_MONITOR_THRESHOLDS_CPU',
      '0.6',
      (c) => c.performanceMonitor.thresholds.cpu,
      { warning: 0.6, critical: 1 },
    ],
    ['EVENKEEL_HEALTH_CHECKER_INTERVAL', ' ', (c) => c.healthChecker.interval, 10_000],
  ] as readonly [string, string, (config: PerformanceConfig) => unknown, unknown][])(
    'reads %s=%s',
    (name, text, read, expected) => {
      expect(read(getPerformanceConfig('development', {}, { [name]: text }))).toEqual(expected);
    },
  );

  it('tells all faults at once, each with path, value and what is accepted', () => {
    const overrides = {
      healthChecker: { interval: 'often', totalBudget: -1 },
      metricsCollector: { maxSeries: 0, colour: 'red' },
      performanceMonitor: { thresholds: { errorRate: { warning: 0.5, critical: 0.1 }, cpu: 'high' } },
      cacheManger: {},
    };
    const variables = {
      EVENKEEL_PERFORMANCE_MONITOR_ENABLE_DEBUG_LOGGING: 'maybe',
      EVENKEEL_PERFORMANCE_MONITOR_MAX_ENDPOINTS: 'lots',
    };
    const faults = faultsOf(() => getPerformanceConfig('development', overrides as object, variables));
    const threshold =
      '{ warning, critical }, or a number for the warning; each a number from 0 to 1, warning at most critical';
    const time = "milliseconds or a string such as '250ms', '30s', '5m', '1h', '7d'";
    expect(faults.sort()).toEqual(
      [
        'EVENKEEL_PERFORMANCE_MONITOR_ENABLE_DEBUG_LOGGING (performanceMonitor.enableDebugLogging) | "maybe" | true or false',
        'EVENKEEL_PERFORMANCE_MONITOR_MAX_ENDPOINTS (performanceMonitor.maxEndpoints) | "lots" | an integer from 1 to 10000',
        'cacheManger | {} | absent: the keys here are environment, shutdownTimeout, metricsCollector, alertManager, performanceLogger, performanceMonitor, resourceAllocator, cacheManager, loadBalancer, databaseOptimizer, healthChecker',
        `healthChecker.totalBudget | -1 | ${time} of at least 1 ms`,
        `healthChecker.interval | "often" | ${time} of at least 100 ms`,
        'metricsCollector.colour | "red" | absent: the keys here are maxSeries',
        'metricsCollector.maxSeries | 0 | an integer of at least 1',
        `performanceMonitor.thresholds.cpu | "high" | ${threshold}`,
        `performanceMonitor.thresholds.errorRate | {"warning":0.5,"critical":0.1} | ${threshold}`,
      ].sort(),
    );
  });

  it('refuses an environment that does not exist, together with all else', () => {
    const faults = faultsOf(() =>
      getPerformanceConfig('prod' as 'production', { shutdownTimeout: 'soon' }, NO_VARIABLES),
    );
    expect(faults).toEqual([
      'environment | "prod" | one of "development", "production", "testing"',
      expect.stringContaining('shutdownTimeout | "soon"'),
    ]);
  });

  it('is not led astray by names of Object.prototype', () => {
    const hostile = JSON.parse(
      '{"__proto__": {"maxSeries": 1}, "metricsCollector": {"__proto__": {"x": 1}}}',
    );
    expect(faultsOf(() => getPerformanceConfig('development', hostile, NO_VARIABLES)).length).toBeGreaterThan(
      0,
    );
    expect(Object.hasOwn(Object.prototype, 'maxSeries')).toBe(false);
    expect(
      faultsOf(() => getPerformanceConfig('constructor' as 'production', {}, NO_VARIABLES)),
    ).toHaveLength(1);
  });
});

describe('validatePerformanceConfig', () => {
  it('accepts what is absent, and says of each fault all there is to say', () => {
    expect(validatePerformanceConfig({})).toEqual({ isValid: true, errors: [] });
    expect(validatePerformanceConfig(undefined)).toEqual({ isValid: true, errors: [] });
    expect(validatePerformanceConfig({ metricsCollector: { maxSeries: 1.5 } })).toEqual({
      isValid: false,
      errors: [
        {
          path: 'metricsCollector.maxSeries',
          value: 1.5,
          expected: 'an integer of at least 1',
          message: 'metricsCollector.maxSeries must be an integer of at least 1, got 1.5',
        },
      ],
    });
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        const { isValid, errors } = validatePerformanceConfig(junk);
        expect(isValid).toBe(errors.length === 0);
      }),
    );
  });
});

describe('getPerformanceConfigJsonSchema', () => {
  it('describes every value, with its default, and forbids what does not exist', () => {
    const schema = getPerformanceConfigJsonSchema();
    const monitor = schema.properties?.performanceMonitor;
    expect(monitor).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { collectInterval: { default: '5s', description: expect.any(String) } },
    });
    expect(JSON.stringify(schema)).not.toContain('undefined');
  });

  it('gives a copy: changing it changes nothing', () => {
    delete getPerformanceConfigJsonSchema().properties;
    expect(getPerformanceConfigJsonSchema().properties).toBeDefined();
  });
});
