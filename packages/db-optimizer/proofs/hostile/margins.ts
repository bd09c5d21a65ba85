import { systemClock } from '@evenkeel/core';
import { checkShape, checkText } from '../../src/sql/limits.ts';
import { ParserThread } from '../../src/sql/parser-thread.ts';
import { tokenize } from '../../src/sql/tokens.ts';
import { SHAPES } from './shapes.ts';

/** How far a shape may grow: what is accepted, and what the parser itself breaks at. */
export interface Margin {
  readonly shape: string;
  /** The largest size within the limits. */
  readonly accepted: number;
  /** Whether the parser reads that size. */
  readonly acceptedMs: number | undefined;
  /** The smallest size, in doublings of the accepted one, at which the parser fails, or undefined up to four times. */
  readonly broken: number | undefined;
}

const LARGEST = 150_000;

export async function* margins(limits: { maxBytes: number; maxDepth: number }): AsyncGenerator<Margin> {
  for (const [shape, make] of Object.entries(SHAPES)) {
    const accepted = largest((size) => isWithin(make(size), limits));
    const thread = new ParserThread({ timeoutMs: 20_000, clock: systemClock });
    await thread.parse('select 1');
    const startMs = performance.now();
    const failed = await thread.parse(make(accepted)).then(
      () => false,
      (error: { code: string }) => error.code === 'SQL_PARSER' || error.code === 'SQL_TIMEOUT',
    );
    const acceptedMs = failed ? undefined : performance.now() - startMs;
    let broken: number | undefined;
    for (let factor = 2; factor <= 4 && accepted * factor <= 8 * LARGEST && !broken; factor *= 2) {
      const text = make(accepted * factor);
      await thread.parse(text).catch((error: { code: string }) => {
        if (error.code === 'SQL_PARSER' || error.code === 'SQL_TIMEOUT') broken = accepted * factor;
      });
    }
    await thread.stop();
    yield { shape, accepted, acceptedMs, broken };
  }
}

function isWithin(text: string, { maxBytes, maxDepth }: { maxBytes: number; maxDepth: number }): boolean {
  try {
    checkText(text, maxBytes);
    checkShape(text, tokenize(text), maxDepth);
    return true;
  } catch {
    return false;
  }
}

function largest(holds: (size: number) => boolean): number {
  let low = 1;
  let high = LARGEST;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
