import { ConfigurationError, type ConfigurationIssue, option, readOptions, readValue } from '@evenkeel/core';
import { compileMatchers } from '../labels/matchers.ts';
import { absenceKind } from './absence-rule.ts';
import { anomalyKind } from './anomaly-rule.ts';
import { burnRateKind } from './burn-rate-rule.ts';
import { healthKind } from './health-rule.ts';
import { rateKind } from './rate-rule.ts';
import type { Rule } from './rule.ts';
import { type BasicSettings, basicFields, type RuleKind } from './rule-kind.ts';
import type { RulePlan } from './rule-plan.ts';
import { thresholdKind } from './threshold-rule.ts';

type Reader = (owner: string, rule: unknown) => RulePlan;

const READERS: Readonly<Record<Rule['kind'], Reader>> = {
  threshold: readerOf('threshold', thresholdKind),
  absence: readerOf('absence', absenceKind),
  rate: readerOf('rate', rateKind),
  anomaly: readerOf('anomaly', anomalyKind),
  health: readerOf('health', healthKind),
  'burn-rate': readerOf('burn-rate', burnRateKind),
};

const KINDS = Object.keys(READERS) as readonly Rule['kind'][];

/** @throws ConfigurationError that names each fault of the rule */
export function readRule(rule: unknown): RulePlan {
  const given = readValue<{ readonly kind?: unknown; readonly name?: unknown }>(
    'rule',
    'rule',
    rule,
    option.withMethods(),
  );
  const owner =
    typeof given.name === 'string' && given.name !== '' ? `rule ${JSON.stringify(given.name)}` : 'rule';
  return READERS[readValue(owner, 'kind', given.kind, option.oneOf(KINDS))](owner, rule);
}

function readerOf<Settings extends object>(kind: Rule['kind'], { fields, plan }: RuleKind<Settings>): Reader {
  return (owner, rule) => {
    // Both sets of fields make up the settings; the compiler can't see that of a generic one.
    const allFields = { ...basicFields, ...fields } as Parameters<
      typeof readOptions<Settings & BasicSettings>
    >[2];
    const settings = readOptions<Settings & BasicSettings>(owner, rule, allFields);
    const issues: ConfigurationIssue[] = [];
    const planned = plan(settings, issues);
    if (issues.length > 0) throw new ConfigurationError(owner, issues);
    return {
      ...planned,
      name: settings.name,
      kind,
      severity: settings.severity ?? planned.severity,
      matches: compileMatchers(settings.matchers),
      labels: settings.labels,
      keepFiringForMs: settings.keepFiringFor,
      message: settings.message,
    };
  };
}
