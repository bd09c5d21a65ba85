import type { StatementKind } from '../sql/statement.ts';

/** What has to be known of a statement to decide what may be done when it fails. `SqlParser` gives it. */
export interface StatementDescription {
  readonly kind: StatementKind;
  /** Whether it is proven to change nothing. */
  readonly isReadOnly: boolean;
}

/** Describes one statement; it may throw or reject for what it cannot read. */
export type DescribeStatement = (text: string) => StatementDescription | Promise<StatementDescription>;

/* So many different texts most applications have; one with more builds them, and hardly ever sees one again. */
const MOST = 1000;

/* Longer texts are generated, and of no use as keys. */
const LONGEST = 20_000;

/* Of what cannot be read nothing is known. */
const UNREADABLE: StatementDescription = { kind: 'other', isReadOnly: false };

/** What is known of texts, at hand where it was asked for before. Bounded; the text not used for longest goes first. */
export class Descriptions {
  readonly #describe: DescribeStatement;
  readonly #known = new Map<string, StatementDescription>();
  readonly #asked = new Map<string, Promise<StatementDescription>>();

  constructor(describe: DescribeStatement) {
    this.#describe = describe;
  }

  /** What is known now; where nothing is, it will be the next time. */
  peek(text: string): StatementDescription | undefined {
    const known = this.#known.get(text);
    if (known === undefined) {
      if (text.length <= LONGEST && this.#asked.size < MOST) void this.find(text);
      return undefined;
    }
    this.#known.delete(text);
    this.#known.set(text, known);
    return known;
  }

  /** Never rejects. */
  find(text: string): Promise<StatementDescription> {
    const known = this.#known.get(text);
    if (known) return Promise.resolve(known);
    const asked = this.#asked.get(text);
    if (asked) return asked;
    const answer = this.#ask(text);
    this.#asked.set(text, answer);
    return answer;
  }

  async #ask(text: string): Promise<StatementDescription> {
    try {
      // Not before this is listed as asked for.
      await undefined;
      const { kind, isReadOnly } = await this.#describe(text);
      const description = { kind, isReadOnly: isReadOnly === true };
      if (text.length <= LONGEST) this.#remember(text, description);
      return description;
    } catch {
      return UNREADABLE;
    } finally {
      this.#asked.delete(text);
    }
  }

  #remember(text: string, description: StatementDescription): void {
    this.#known.set(text, description);
    if (this.#known.size <= MOST) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
