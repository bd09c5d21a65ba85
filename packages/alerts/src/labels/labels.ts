import { type Field, option } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';

/* Labels name a thing; a text of this length is a payload that went astray, and alerts are kept in their thousands. */
const MAX_LABELS = 32;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 1024;
/* An index of PostgreSQL takes no key of more than 2.7 KB. */
const MAX_ID_LENGTH = 400;

const EXPECTED = `an object of at most ${MAX_LABELS} texts, numbers or booleans`;

/** The rule for labels: their own copy, with numbers and booleans as texts, and long values cut. */
export const labelsField: Field<Labels> = new option.Field<Labels>(EXPECTED, (value, path, issues) => {
  const labels: Record<string, string> = {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ path, value, expected: EXPECTED });
    return labels;
  }
  const names = Object.keys(value);
  if (names.length > MAX_LABELS) issues.push({ path, value, expected: EXPECTED });
  for (const name of names) {
    const given: unknown = (value as Readonly<Record<string, unknown>>)[name];
    const fault = faultOf(name, given);
    if (fault)
      issues.push({
        path: `${path}[${JSON.stringify(cutText(name, MAX_NAME_LENGTH))}]`,
        value: given,
        expected: fault,
      });
    // Not by assignment: `__proto__` is a name like any other.
    Object.defineProperty(labels, name, {
      value: cutText(String(given), MAX_VALUE_LENGTH),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return labels;
});

function faultOf(name: string, given: unknown): string | undefined {
  if (name === '' || name.length > MAX_NAME_LENGTH) return `named by 1 to ${MAX_NAME_LENGTH} characters`;
  return isLabelValue(given) ? undefined : 'a text, a number or a boolean';
}

function isLabelValue(given: unknown): boolean {
  return typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean';
}

/**
 * A text that is the same for the same labels, in whatever order, and for no others; `undefined` for what
 * {@link labelsField} would refuse or cut.
 */
export function labelKey(labels: unknown): string | undefined {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return undefined;
  const names = Object.keys(labels);
  if (names.length > MAX_LABELS) return undefined;
  if (names.length > 1) names.sort();
  let key = '';
  for (const name of names) {
    const given: unknown = (labels as Readonly<Record<string, unknown>>)[name];
    if (!isLabelValue(given)) return undefined;
    const value = typeof given === 'string' ? given : String(given);
    if (name === '' || name.length > MAX_NAME_LENGTH || value.length > MAX_VALUE_LENGTH) return undefined;
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}

/** A text of at most `length` UTF-16 units; a cut one ends in `…` and in no half character. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** Identifies a name with labels, in whatever order these stand: `slow{method="GET",route="/"}`. */
export function alertId(name: string, labels: Labels): string {
  const entries = Object.keys(labels)
    .sort()
    .map((label) => `${quoted(label)}=${JSON.stringify(labels[label])}`);
  return boundedId(entries.length === 0 ? quoted(name) : `${quoted(name)}{${entries.join(',')}}`);
}

/** The id itself, or its beginning with a hash of the whole where it is too long for a key. */
export function boundedId(id: string): string {
  return id.length <= MAX_ID_LENGTH ? id : `${cutText(id, MAX_ID_LENGTH - 15)}#${hash(id)}`;
}

function quoted(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : JSON.stringify(text);
}

/** 52 bits of two multiplicative hashes of 32 (FNV-1a with two primes): enough to tell thousands of alerts apart. */
function hash(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x1000193;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b);
  }
  return ((a >>> 0).toString(36) + (b >>> 0).toString(36)).padEnd(14, '0');
}
