import { ConfigurationError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { readRule } from '../../src/rules/read-rule.ts';

function faultsOf(rule: unknown): string[] {
  try {
    readRule(rule);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n').map((line) => line.trim());
    throw error;
  }
  return [];
}

const METRIC = { name: 'r', metric: 'm' };

describe('readRule', () => {
  it.each([
    [undefined, 'rule: rule must be an object, got undefined'],
    [null, 'rule: rule must be an object, got null'],
    [
      {},
      'rule: kind must be one of "threshold", "absence", "rate", "anomaly", "health", "burn-rate", got undefined',
    ],
    [
      { kind: 'treshold', name: 'slow' },
      'rule "slow": kind must be one of "threshold", "absence", "rate", "anomaly", "health", "burn-rate", got "treshold"',
    ],
    [
      { kind: 'threshold', above: 1 },
      'rule:',
      'name must be a non-empty string, got undefined',
      'metric must be a non-empty string, got undefined',
    ],
    [
      { kind: 'threshold', ...METRIC },
      'rule "r": above must be given, or `below`, and not both, got undefined',
    ],
    [
      { kind: 'threshold', ...METRIC, above: 1, below: 2 },
      'rule "r": above must be given, or `below`, and not both, got 1',
    ],
    [
      { kind: 'threshold', ...METRIC, above: 1, clear: 2 },
      'rule "r": clear must be at most 1, the threshold it belongs to, got 2',
    ],
    [
      { kind: 'threshold', ...METRIC, below: 1, clear: 0 },
      'rule "r": clear must be at least 1, the threshold it belongs to, got 0',
    ],
    [{ kind: 'threshold', ...METRIC, above: '1' }, 'rule "r": above must be a number, got "1"'],
    [
      { kind: 'threshold', ...METRIC, above: 1, severity: 'bad' },
      'rule "r": severity must be one of "info", "warning", "critical", got "bad"',
    ],
    [
      { kind: 'threshold', ...METRIC, above: 1, message: '{{vaule}}' },
      'rule "r": message must be a function, or a text with {{name}}, {{severity}}, {{value}}, {{threshold}}, {{text}}, {{labels.…}}, got "{{vaule}}"',
    ],
    [
      { kind: 'threshold', ...METRIC, above: 1, matchers: { route: 7 } },
      'rule "r": matchers["route"] must be a text or a list of 1 to 1000 texts, got 7',
    ],
    [
      { kind: 'threshold', ...METRIC, above: 1, labels: { a: {} } },
      'rule "r": labels["a"] must be a text, a number or a boolean, got {}',
    ],
    [{ kind: 'absence', ...METRIC }, 'rule "r": for must be at least 1s: how long it is to be absent, got 0'],
    [
      { kind: 'absence', ...METRIC, for: '1m', staleAfter: '1m' },
      'rule "r": staleAfter must be longer than `for`, 60000 ms, got 60000',
    ],
    [
      { kind: 'health', name: 'r', status: 'healthy' },
      'rule "r": status must be one of "warning", "critical", got "healthy"',
    ],
    [{ kind: 'anomaly', ...METRIC, detector: {} }, 'rule "r": detector must be a function, got {}'],
    [
      { kind: 'burn-rate', name: 'r', objective: 1, indicator: { errorRatio: 'e' } },
      'rule "r": objective must be below 1: there is no budget, got 1',
    ],
    [
      { kind: 'burn-rate', name: 'r', objective: 0.99, indicator: { good: 'e' } },
      'rule "r": indicator must be { good, total }, { errors, total } or { errorRatio }, each the name of a metric, got {"good":"e"}',
    ],
    [
      {
        kind: 'burn-rate',
        name: 'r',
        objective: 0.99,
        indicator: { errorRatio: 'e' },
        windows: [{ long: '5m', short: '1h', factor: 0 }],
      },
      'rule "r":',
      'windows[0].short must be shorter than `long`, and at least a 100th of it, got 3600000',
      'windows[0].factor must be above 0, got 0',
    ],
  ])('names the faults of %j', (rule, ...faults) => {
    expect(faultsOf(rule)).toEqual(faults);
  });

  it('finds what is misspelt', () => {
    const [fault] = faultsOf({ kind: 'threshold', ...METRIC, abvoe: 1 });
    expect(fault).toContain('abvoe must be absent (did you mean above?)');
  });

  it('does not let go of a rule that changes later', () => {
    const labels = { team: 'a' };
    const plan = readRule({ kind: 'threshold', ...METRIC, above: 1, labels });
    labels.team = 'b';
    expect(plan.labels).toEqual({ team: 'a' });
  });
});
