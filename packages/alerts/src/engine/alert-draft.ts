import { option, readOptions, type Severity } from '@evenkeel/core';
import type { AlertInput, Labels } from '../alert-state.ts';
import { alertId, boundedId, cutText, labelsField } from '../labels/labels.ts';
import { SEVERITIES } from '../rules/rule-kind.ts';
import { plainRecord } from './plain-data.ts';

/** An alert as it is raised, read and bounded. */
export interface AlertDraft {
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly message: string;
  readonly labels: Labels;
  /** In ms since 1970. */
  readonly since: number;
  readonly value?: number;
  readonly threshold?: number;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

const MAX_NAME = 200;
const MAX_MESSAGE = 4000;

const ANY_NUMBER = new option.Field<number>('a number', (value, path, issues) => {
  if (typeof value !== 'number') issues.push({ path, value, expected: 'a number' });
  return Number(value);
});

/** @throws ConfigurationError that names each fault */
export function readAlert(input: AlertInput, wallNow: number): AlertDraft {
  const given = readOptions('AlertManager.raise', input, {
    name: option.string(),
    severity: option.oneOf(SEVERITIES).default('warning'),
    message: option.string(),
    labels: labelsField.default({}),
    id: option.string().optional(),
    since: option.number().default(wallNow),
    // Left out where it is NaN or infinite: what is wrong is wrong all the same.
    value: ANY_NUMBER.optional(),
    threshold: ANY_NUMBER.optional(),
    evidence: option.withMethods<object>().optional(),
  });
  const name = cutText(given.name, MAX_NAME);
  return {
    id: given.id === undefined ? alertId(name, given.labels) : boundedId(given.id),
    name,
    severity: given.severity,
    message: cutText(given.message, MAX_MESSAGE),
    labels: given.labels,
    since: Math.min(given.since, wallNow),
    ...finite('value', given.value),
    ...finite('threshold', given.threshold),
    ...(given.evidence !== undefined && { evidence: plainRecord(given.evidence) }),
  };
}

/** The text of a message, bounded. */
export function boundedMessage(message: string): string {
  return cutText(message, MAX_MESSAGE);
}

function finite<Name extends string>(
  name: Name,
  value: number | undefined,
): { readonly [N in Name]?: number } {
  return (value !== undefined && Number.isFinite(value) ? { [name]: value } : {}) as {
    readonly [N in Name]?: number;
  };
}
