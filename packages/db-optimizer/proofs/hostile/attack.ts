import { seededRandom } from '@evenkeel/core/statistics';
import { SqlError } from '../../src/sql/sql-error.ts';
import type { SqlParser } from '../../src/sql/sql-parser.ts';
import { type HostileText, hostileTexts } from './texts.ts';

/** What came of an attack. */
export interface AttackResult {
  readonly texts: number;
  /** Texts by how they ended: `accepted`, or the code of the error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What must not be: each in one sentence. */
  readonly faults: readonly string[];
  readonly slowest: { readonly name: string; readonly ms: number };
  /** The longest time in which nothing else in the process could run. */
  readonly longestBlockMs: number;
}

/**
 * Gives hostile texts to a parser, `rounds` times some 260 of them, and asks it for `select 1` after each round.
 *
 * @param record what the texts ended with is added here; parsers that never die have nothing else to be judged by
 */
export async function attack(parser: SqlParser, rounds: number, seed: number): Promise<AttackResult> {
  const random = seededRandom(seed);
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let slowest = { name: '', ms: 0 };
  let texts = 0;
  const watch = watchBlocks();
  for (let round = 0; round < rounds; round++) {
    for (const hostile of hostileTexts(random)) {
      const startMs = performance.now();
      const { outcome, fault } = await attempt(parser, hostile, texts);
      const ms = performance.now() - startMs;
      if (ms > slowest.ms) slowest = { name: hostile.name, ms };
      if (fault) faults.push(`${hostile.name}: ${fault}: ${JSON.stringify(hostile.text.slice(0, 120))}`);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      texts++;
    }
    // Not from the cache: the number makes it another text.
    const alive = await parser.parse(`select ${round}`).catch(String);
    if (typeof alive === 'string') faults.push(`round ${round}: the parser does not answer: ${alive}`);
  }
  return { texts, outcomes, faults, slowest, longestBlockMs: watch() };
}

async function attempt(
  parser: SqlParser,
  { text, neverReadOnly }: HostileText,
  index: number,
): Promise<{ outcome: string; fault?: string }> {
  try {
    // All ways in, by turns.
    if (index % 4 === 1) await parser.explainable(text);
    if (index % 4 === 2) await parser.bind(text, ["'; drop table t; --", '\\', null, 1]);
    if (index % 4 === 3) await parser.split(text);
    const statement = await parser.describe(text);
    if (neverReadOnly && statement.isReadOnly)
      return { outcome: 'accepted', fault: 'passes for reading only' };
    return { outcome: 'accepted' };
  } catch (error) {
    if (!(error instanceof SqlError)) return { outcome: 'other', fault: `fails with ${String(error)}` };
    if (error.message.length > 500) return { outcome: error.code, fault: 'fails with a message without end' };
    return { outcome: error.code };
  }
}

/** Measures how long the event loop is blocked at most, until the result is called. */
function watchBlocks(): () => number {
  let longestMs = 0;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  }, 1);
  return () => {
    clearInterval(timer);
    return longestMs;
  };
}
