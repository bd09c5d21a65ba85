import { ConfigurationError } from '../errors/index.ts';

/** A size as options accept it: bytes, or a string such as `'64mb'`. */
export type ByteSize = number | string;

/** What the error messages and documents call a {@link ByteSize}. */
export const BYTES_FORMAT = "bytes or a string such as '512kb', '64mb', '2gb'";

/* Memory sizes are counted in powers of 1024 whether people write mb or mib. */
const UNITS = ['b', 'kb', 'mb', 'gb', 'tb'] as const;
const SIZE = /^(\d+(?:\.\d+)?|\.\d+)\s*(b|[kmgt]i?b?)?$/;

/**
 * Bytes of a size, or `undefined` for what is none: negative or not finite numbers, unknown units, other
 * types. Units are powers of 1024: `k`, `kb`, `kib` and so on up to `t`, in either letter case; a string of
 * digits alone is bytes. The result is a whole number.
 */
export function readBytes(value: unknown): number | undefined {
  if (typeof value === 'number') return whole(value);
  if (typeof value !== 'string') return undefined;
  const match = SIZE.exec(value.trim().toLowerCase());
  if (!match) return undefined;
  const exponent = 'bkmgt'.indexOf((match[2] ?? 'b').charAt(0));
  return whole(Number(match[1]) * 1024 ** exponent);
}

function whole(bytes: number): number | undefined {
  return Number.isFinite(bytes) && bytes >= 0 ? Math.round(bytes) : undefined;
}

/**
 * Bytes of a size: see {@link readBytes}.
 *
 * @throws ConfigurationError for what is none
 */
export function parseBytes(value: ByteSize): number {
  const bytes = readBytes(value);
  if (bytes === undefined)
    throw new ConfigurationError('parseBytes', [{ path: 'value', value, expected: BYTES_FORMAT }]);
  return bytes;
}

/** A size for people: `'512 B'`, `'1.5 KB'`, `'64.0 MB'`; powers of 1024. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return String(bytes);
  if (bytes < 0) return `-${formatBytes(-bytes)}`;
  let value = bytes;
  let unit = 0;
  // 1023.95 would print as 1024.0.
  while (value >= (unit === 0 ? 1023.5 : 1023.95) && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const name = (UNITS[unit] ?? 'b').toUpperCase();
  return unit === 0 ? `${Math.round(value)} ${name}` : `${value.toFixed(1)} ${name}`;
}
