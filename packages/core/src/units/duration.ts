import { ConfigurationError } from '../errors/index.ts';

/** A time as options accept it: milliseconds, or a string such as `'250ms'`, `'30s'`, `'1h'`, `'1h30m'`. */
export type Duration = number | string;

/** What the error messages and documents call a {@link Duration}. */
export const DURATION_FORMAT = "milliseconds or a string such as '250ms', '30s', '5m', '1h', '7d'";

/* The micro sign and the Greek letter look the same. */
const UNIT_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  μs: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const PART = /(\d+(?:\.\d+)?|\.\d+)\s*(ms|us|µs|μs|min|s|m|h|d|w)\s*/gy;

/**
 * Milliseconds of a duration, or `undefined` for what is none: negative or not finite numbers, unknown units,
 * other types. The units are `us` or `µs`, `ms`, `s`, `m` or `min`, `h`, `d` and `w`, in either letter case. A
 * string may join several parts, `'1h30m'`; a string of digits alone is milliseconds.
 */
export function readDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  if (/^\d+(\.\d+)?$/.test(text)) return finite(Number(text));
  let total = 0;
  let end = 0;
  PART.lastIndex = 0;
  for (let match = PART.exec(text); match; match = PART.exec(text)) {
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? Number.NaN);
    end = PART.lastIndex;
  }
  return end === text.length && end > 0 ? finite(total) : undefined;
}

function finite(ms: number): number | undefined {
  // Without the last digits, where 1.005 × 1000 is 1004.9999999999999.
  return Number.isFinite(ms) ? Number(ms.toPrecision(15)) : undefined;
}

/**
 * Milliseconds of a duration: see {@link readDuration}.
 *
 * @throws ConfigurationError for what is none
 */
export function parseDuration(value: Duration): number {
  const ms = readDuration(value);
  if (ms === undefined)
    throw new ConfigurationError('parseDuration', [{ path: 'value', value, expected: DURATION_FORMAT }]);
  return ms;
}

/** A duration for people: `'850 µs'`, `'12.3 ms'`, `'4.0 s'`, `'3 min 20 s'`, `'2 h 5 min'`, `'3 d 4 h'`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  if (ms < 0) return `-${formatDuration(-ms)}`;
  // Half a nanosecond: no clock tells so little from nothing.
  if (ms < 5e-7) return '0 ms';
  if (ms < 0.9995) return `${Number((ms * 1000).toPrecision(3))} µs`;
  if (ms < 999.5) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1440) return pair(minutes, 60, 'h', 'min');
  return pair(Math.round(ms / 3_600_000), 24, 'd', 'h');
}

function pair(total: number, per: number, large: string, small: string): string {
  const rest = total % per;
  return rest === 0 ? `${total / per} ${large}` : `${Math.floor(total / per)} ${large} ${rest} ${small}`;
}
