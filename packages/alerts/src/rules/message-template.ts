import { type ConfigurationIssue, type Field, option } from '@evenkeel/core';
import type { MessageContext } from './rule.ts';

type Message = (context: MessageContext) => string;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;
const NAMES = ['name', 'severity', 'value', 'threshold', 'text'] as const;
const EXPECTED = `a function, or a text with ${NAMES.map((name) => `{{${name}}}`).join(', ')}, {{labels.…}}`;

/** The rule for a message: what is given as a text is read as a template. */
export const messageField: Field<Message> = new option.Field<Message>(EXPECTED, (value, path, issues) => {
  if (typeof value === 'function') return value as Message;
  if (typeof value === 'string' && value !== '') return compileTemplate(value, path, issues);
  issues.push({ path, value, expected: EXPECTED });
  return ({ text }) => text;
});

function compileTemplate(template: string, path: string, issues: ConfigurationIssue[]): Message {
  for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
    if (!isPlaceholder(name)) issues.push({ path, value: `{{${name}}}`, expected: EXPECTED });
  }
  return (context) => template.replaceAll(PLACEHOLDER, (_, name: string) => fill(name, context));
}

function isPlaceholder(name: string): boolean {
  return NAMES.some((known) => known === name) || /^labels\../.test(name);
}

function fill(name: string, context: MessageContext): string {
  if (name.startsWith('labels.')) return context.labels[name.slice('labels.'.length)] ?? '';
  const value = context[name as (typeof NAMES)[number]];
  return typeof value === 'number' ? formatNumber(value) : (value ?? '');
}

/** Six digits are enough for a person: `0.000123457`, `1234570`. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}
