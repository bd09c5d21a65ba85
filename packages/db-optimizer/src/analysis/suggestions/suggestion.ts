import type { Recommendation } from '@evenkeel/core';

/** A recommendation with what it is worth beside others of its priority, in any unit from 0 up. */
export interface Suggestion {
  readonly recommendation: Recommendation;
  readonly worth: number;
}

/** What a suggestion says; the rest is the same for all. */
export function suggest(
  { id, ...rest }: Pick<Recommendation, 'id' | 'priority' | 'message' | 'evidence'>,
  worth: number,
): Suggestion {
  return {
    recommendation: { ...rest, id: `db-optimizer:${id}`, component: 'database', automated: false },
    worth,
  };
}

/* A message is one line to read; the whole text is in the evidence. */
const MAX_TEXT = 120;

/** A statement within a message. */
export function quoted(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MAX_TEXT ? `"${line.slice(0, MAX_TEXT - 1)}…"` : `"${line}"`;
}
