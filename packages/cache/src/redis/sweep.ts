import type { Invalidation } from '../tier/second-tier.ts';
import { type KeySpace, matchPrefix } from './key-space.ts';
import { SWEEP } from './scripts.ts';
import { readBytes, readList, type Session } from './session.ts';

/* Names that a slice looks at: about a millisecond of the server's time. */
const SLICE = 1000;

/* Entries that one script touches. */
const BATCH = 200;

/** An invalidation by the look of a key. */
export type Rule = Extract<Invalidation, { readonly kind: 'prefix' | 'pattern' }>;

export function isRule(invalidation: Invalidation): invalidation is Rule {
  return invalidation.kind === 'prefix' || invalidation.kind === 'pattern';
}

/** Goes through all entries in slices, each within a deadline. */
export class Sweeper {
  readonly #space: KeySpace;
  /** When a slice that begins now has to have ended, monotonic. */
  readonly #endOfSlice: () => number;

  constructor(space: KeySpace, endOfSlice: () => number) {
    this.#space = space;
    this.#endOfSlice = endOfSlice;
  }

  /** Removes, or makes stale, what is older than `epoch` and matches one of the rules. */
  async apply(session: Session, rules: readonly Rule[], epoch: number): Promise<void> {
    const hard = rules.filter(({ soft }) => !soft).map(tester);
    const soft = rules.filter((rule) => rule.soft).map(tester);
    const [only] = rules;
    const prefix = rules.length === 1 && only?.kind === 'prefix' ? only.prefix : '';
    await this.#walk(session, prefix, async (keys) => {
      const isHard = (key: string): boolean => hard.some((test) => test(key));
      const gone = keys.filter(isHard);
      const stale = keys.filter((key) => !isHard(key) && soft.some((test) => test(key)));
      await this.#touch(session, 'hard', gone, epoch);
      await this.#touch(session, 'soft', stale, epoch);
    });
  }

  /** Removes what is older than `epoch`, for the memory: it is not read any more. */
  async reclaim(session: Session, epoch: number, isWanted: () => boolean): Promise<void> {
    await this.#walk(session, '', async (keys) => {
      if (isWanted()) await this.#touch(session, 'hard', keys, epoch);
      return isWanted();
    });
  }

  /** @param visit gets keys of entries; ends the walk with `false` */
  async #walk(
    session: Session,
    prefix: string,
    visit: (keys: readonly string[]) => Promise<unknown>,
  ): Promise<void> {
    const { entries } = this.#space;
    let cursor = '0';
    do {
      const args = ['SCAN', cursor, 'MATCH', matchPrefix(entries + prefix), 'COUNT', String(SLICE)];
      const reply = await session.send(args, this.#endOfSlice());
      cursor = readBytes(reply, 0).toString();
      const keys = readList(reply, 1).map((name) => String(name).slice(entries.length));
      if (keys.length > 0 && (await visit(keys)) === false) return;
    } while (cursor !== '0');
  }

  async #touch(
    session: Session,
    how: 'hard' | 'soft',
    keys: readonly string[],
    epoch: number,
  ): Promise<void> {
    const { state, entries } = this.#space;
    for (let start = 0; start < keys.length; start += BATCH) {
      const names = keys.slice(start, start + BATCH).map((key) => entries + key);
      await session.run(SWEEP, [state, ...names], [how, String(epoch)], this.#endOfSlice());
    }
  }
}

function tester(rule: Rule): (key: string) => boolean {
  if (rule.kind === 'prefix') return (key) => key.startsWith(rule.prefix);
  const pattern = new RegExp(rule.source, rule.flags);
  return (key) => {
    // A global or sticky expression remembers where it was.
    pattern.lastIndex = 0;
    return pattern.test(key);
  };
}
