import { rounded } from './analysis/rounded.ts';

/* A name in a sentence; whole ones stand beside the numbers. */
const LONGEST_NAME = 80;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/* Beyond, `Date` has no answer. */
const LAST_DATE_MS = 8.64e15;

/** A value with its unit: `240 ms`, `12 %`, `7`. */
export function figure(value: number, unit: string): string {
  const number = String(rounded(value));
  return unit === '' ? number : `${number} ${shortName(unit)}`;
}

/** A ratio with its sign, in whole per cent where that says enough: `+23 %`, `-0.4 %`. */
export function signedPercent(ratio: number): string {
  return `${ratio < 0 ? '-' : '+'}${percent(Math.abs(ratio))}`;
}

/** A ratio of 0 or more, in two digits: `23 %`, `0.4 %`. */
function percent(ratio: number): string {
  const value = ratio * 100;
  return `${value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))} %`;
}

/** A relative change in words: `23 % higher than in the hour before`, `3.4 times as high as in the hour before`. */
export function changeAgainst(change: number, reference: string): string {
  if (change >= 1) return `${Number((1 + change).toPrecision(2))} times as high as in ${reference}`;
  return `${percent(Math.abs(change))} ${change < 0 ? 'lower' : 'higher'} than in ${reference}`;
}

/** `1 metric`, `3 metrics`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A name as sentences show it: on one line, at most 80 characters. */
export function shortName(name: string): string {
  return clipped(name, LONGEST_NAME);
}

/** Text on one line, at most so many characters. */
export function clipped(text: string, longest: number): string {
  // A character is two units at most; half of one is no text.
  const line = text
    .slice(0, 2 * longest + 2)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .replaceAll(/\p{Cs}/gu, '\ufffd');
  const characters = [...line];
  return characters.length <= longest ? line : `${characters.slice(0, longest - 1).join('')}…`;
}

/** A sentence as part of another: `About the same.` is `about the same`. */
export function asClause(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}

/** Names joined for a sentence: `a`, `a and b`, `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map(shortName);
  if (names.length > most) return `${shown.join(', ')} and ${names.length - most} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** A length of time as people say it, in one unit: `40 seconds`, `1 hour`, `7 days`. */
export function roughly(ms: number): string {
  if (ms < 2 * MINUTE_MS && ms !== MINUTE_MS) return counted(Math.round(ms / 1000), 'second');
  if (ms < 2 * HOUR_MS && ms !== HOUR_MS) return counted(Math.round(ms / MINUTE_MS), 'minute');
  if (ms < 2 * DAY_MS && ms !== DAY_MS) return counted(Math.round(ms / HOUR_MS), 'hour');
  return counted(Math.round(ms / DAY_MS), 'day');
}

/** The period before one of this length: `the hour before`, `the 7 days before`. */
export function periodBefore(ms: number): string {
  return `the ${roughly(ms).replace(/^1 /, '')} before`;
}

/** `2026-11-21 23:05 UTC`. */
export function atTime(time: number): string {
  if (!(Math.abs(time) <= LAST_DATE_MS)) return `${time} ms`;
  return `${new Date(time).toISOString().slice(0, -8).replace('T', ' ')} UTC`;
}
