import { EvenkeelError } from '@evenkeel/core';

/* A reading is a few dozen numbers; these keep a collector's mistake from filling the history. */
const MAX_DEPTH = 8;
const MAX_VALUES = 2000;
const MAX_TEXT = 1000;

/**
 * A copy of a reading, so that a collector that returns one object again and again does not rewrite history.
 * Throws for what is no plain data, is nested too deep (cycles are) or is too large.
 */
export function plainCopy(value: unknown): unknown {
  return copy(value, 0, { left: MAX_VALUES });
}

function copy(value: unknown, depth: number, budget: { left: number }): unknown {
  budget.left -= 1;
  if (budget.left < 0) throw junk(`more than ${MAX_VALUES} values`);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
  if (typeof value !== 'object') throw junk(`a ${typeof value}`);
  if (depth === MAX_DEPTH) throw junk(`more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item ?? null, depth + 1, budget));
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    // An absent field and one that is undefined are the same in what is exported.
    if (item !== undefined && name !== '__proto__') result[name] = copy(item, depth + 1, budget);
  }
  return result;
}

function junk(what: string): EvenkeelError {
  return new EvenkeelError(`a reading must be plain data, got ${what}`, { code: 'BAD_READING' });
}
