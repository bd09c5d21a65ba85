import { BYTES_FORMAT, DURATION_FORMAT, readBytes, readDuration } from '@evenkeel/core';
import { z } from 'zod';

/**
 * The kinds of value a configuration consists of. Each gives its description, its default and, as the message
 * of whatever is wrong with it, what is accepted; types, JSON Schema, environment variables and errors all
 * derive from there.
 */

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** A time in ms; also accepts strings such as `'30s'`. `orNone`: 0 is accepted beside the bounds. */
export function durationField(
  description: string,
  fallback: number | string,
  { min = 0, max = Infinity, orNone = false }: Bounds & { readonly orNone?: boolean } = {},
) {
  const expected = `${orNone ? '0, or ' : ''}${DURATION_FORMAT}${between({ min, max }, ' ms')}`;
  const isAccepted = (ms: number | undefined): boolean => inside(ms, min, max) || (orNone && ms === 0);
  return z
    .union([z.number(), z.string()], { error: expected })
    .refine((value) => isAccepted(readDuration(value)), { error: expected })
    .transform((value) => readDuration(value) ?? Number.NaN)
    .prefault(fallback)
    .describe(description);
}

/** A size in bytes; also accepts strings such as `'64mb'`. */
export function bytesField(
  description: string,
  fallback: number | string,
  { min = 0, max = Infinity }: Bounds = {},
) {
  const expected = `${BYTES_FORMAT}${between({ min, max }, ' bytes')}`;
  return z
    .union([z.number(), z.string()], { error: expected })
    .refine((value) => inside(readBytes(value), min, max), { error: expected })
    .transform((value) => readBytes(value) ?? Number.NaN)
    .prefault(fallback)
    .describe(description);
}

/** A number within bounds. */
export function numberField(description: string, fallback: number, bounds: Bounds = {}) {
  const expected = `a number${between(bounds)}`;
  return limited(z.number({ error: expected }), bounds, expected)
    .default(fallback)
    .describe(description);
}

/** A whole number within bounds. */
export function integerField(description: string, fallback: number, bounds: Bounds = {}) {
  const expected = `an integer${between(bounds)}`;
  return limited(z.number({ error: expected }).int({ error: expected }), bounds, expected)
    .default(fallback)
    .describe(description);
}

export function booleanField(description: string, fallback: boolean) {
  const expected = 'true or false';
  return z.boolean({ error: expected }).default(fallback).describe(description);
}

/** A text, of which the empty one stands for none. */
export function textField(description: string, fallback = '') {
  return z.string({ error: 'a string' }).default(fallback).describe(description);
}

/** One of a few words. */
export function choiceField<const T extends string>(description: string, choices: readonly T[], fallback: T) {
  const expected = `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
  // The widening lets `default` take any of the choices.
  const schema: z.ZodType<T, T> = z.enum(choices, { error: expected }) as unknown as z.ZodType<T, T>;
  return schema.default(fallback as never).describe(description);
}

/** When a watched value is worth a warning, and when it is critical. */
export interface Threshold {
  readonly warning: number;
  readonly critical: number;
}

/** Two limits, `{ warning, critical }`; a single number is the warning, and twice that is critical. */
export function thresholdField(description: string, fallback: Threshold, bounds: Bounds = {}) {
  const expected = `{ warning, critical }, or a number for the warning; each a number${between(bounds)}, warning at most critical`;
  const limit = limited(z.number({ error: expected }), bounds, expected);
  return z
    .union([limit, z.strictObject({ warning: limit, critical: limit })], { error: expected })
    .transform((value): Threshold => {
      if (typeof value !== 'number') return value;
      return { warning: value, critical: Math.min(2 * value, bounds.max ?? Infinity) };
    })
    .refine(({ warning, critical }) => warning <= critical, { error: expected })
    .prefault({ ...fallback })
    .describe(description);
}

/** A group of fields under one name; names that it does not have are errors. */
export function section<Shape extends z.ZodRawShape>(description: string, shape: Shape) {
  const expected = `an object with ${Object.keys(shape).join(', ')}`;
  const error: z.core.$ZodErrorMap = (issue) =>
    issue.code === 'unrecognized_keys'
      ? `absent: the keys here are ${Object.keys(shape).join(', ')}`
      : expected;
  return z
    .strictObject(shape, { error })
    .prefault({} as never)
    .describe(description);
}

function limited(schema: z.ZodNumber, { min, max }: Bounds, error: string): z.ZodNumber {
  let result = schema;
  if (min !== undefined) result = result.min(min, { error });
  if (max !== undefined) result = result.max(max, { error });
  return result;
}

function inside(value: number | undefined, min: number, max: number): boolean {
  return value !== undefined && value >= min && value <= max;
}

function between({ min = -Infinity, max = Infinity }: Bounds, unit = ''): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return ` from ${min} to ${max}${unit}`;
  if (Number.isFinite(max)) return ` of at most ${max}${unit}`;
  return min > 0 || (min === 0 && unit === '') ? ` of at least ${min}${unit}` : '';
}
