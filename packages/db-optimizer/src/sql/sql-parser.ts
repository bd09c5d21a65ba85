import { type Clock, type Duration, option, readOptions, readValue, systemClock } from '@evenkeel/core';
import { blankComments, compact } from './blanks.ts';
import { classify } from './classify.ts';
import { checkShape, checkText, type SqlLimits } from './limits.ts';
import { toLiteral } from './literal.ts';
import { repairParameters, replaceParameters } from './parameters.ts';
import { type Parsed, ParserThread } from './parser-thread.ts';
import { splitScript } from './split-script.ts';
import { SqlError } from './sql-error.ts';
import type { ParsedStatement, Statement } from './statement.ts';
import { StatementCache } from './statement-cache.ts';
import { statementId } from './statement-id.ts';
import { isBlank, tokenize } from './tokens.ts';

/** Options of {@link SqlParser}. All are optional. */
export interface SqlParserOptions {
  /** The longest text of one statement, in bytes of UTF-8. @defaultValue '256kb' */
  readonly maxBytes?: number | string;
  /** Parentheses, brackets and CASE within one another. @defaultValue 100 */
  readonly maxDepth?: number;
  /** How long the parser may work at one text, in ms. @defaultValue 5000 */
  readonly timeout?: Duration;
  /** Texts whose description is kept. @defaultValue 1000 */
  readonly cacheSize?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/* A script has many statements, each within the limit of one. */
const SCRIPT_FACTOR = 16;

/**
 * Reads SQL as PostgreSQL 18 does: by its own grammar (libpg-query), in a thread of its own that is replaced when a
 * text is too much for it. Every text is checked before it gets there, and exactly one statement is accepted.
 *
 * All methods reject with `SqlError` for a text that is not a statement or exceeds a limit, and with
 * `ConfigurationError` for what is no text at all.
 */
export class SqlParser {
  readonly #limits: SqlLimits;
  readonly #thread: ParserThread;
  readonly #described: StatementCache<Promise<Statement>>;

  /** @throws ConfigurationError */
  constructor(options: SqlParserOptions = {}) {
    const { maxBytes, maxDepth, timeout, cacheSize, clock } = readOptions('SqlParser', options, {
      maxBytes: option.bytes({ min: 1 }).default(262_144),
      maxDepth: option.integer({ min: 1, max: 200 }).default(100),
      timeout: option.duration({ min: 1 }).default(5000),
      cacheSize: option.integer({ min: 1 }).default(1000),
      clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout', 'setInterval').default(systemClock),
    });
    this.#limits = { maxBytes, maxDepth };
    this.#thread = new ParserThread({ timeoutMs: timeout, clock });
    this.#described = new StatementCache(cacheSize);
  }

  /** What a statement is: its group, kind, and whether it only reads. Kept for the texts that were asked for last. */
  describe(text: string): Promise<Statement> {
    const known = this.#described.get(text);
    if (known) return known;
    const described = this.parse(text).then(({ id, normalized, kind, isReadOnly, parameters }) => ({
      id,
      normalized,
      kind,
      isReadOnly,
      parameters,
    }));
    if (typeof text !== 'string' || text.length > this.#limits.maxBytes) return described;
    this.#described.set(text, described);
    // What failed for another reason than its text may succeed the next time.
    described.catch((error: unknown) => {
      if (!isOfText(error) && this.#described.get(text) === described) this.#described.delete(text);
    });
    return described;
  }

  /** A statement with its tree. Spaces are in place of comments, so that places in the text are as they were. */
  async parse(text: string): Promise<ParsedStatement> {
    const read = await this.#read(text);
    const normalized = compact(read.normalized);
    return {
      id: statementId(read.fingerprint, normalized),
      normalized,
      ...classify(read.tree),
      text: read.text,
      tree: read.tree,
    };
  }

  /**
   * The statement with constants in place of its parameters, of any type that the driver `pg` takes. They have no type
   * of their own: PostgreSQL finds it from where they stand, as it does for parameters.
   *
   * @param values for `$1`, `$2`…
   */
  async bind(text: string, values: readonly unknown[]): Promise<string> {
    const repaired = await this.#repaired(text, false);
    const bound = replaceParameters(repaired.text, repaired.tree, (number, asExpression) => {
      if (number < 1 || number > values.length) {
        throw new SqlError(`there is no value for $${number}: ${values.length} were given`, {
          code: 'SQL_VALUES',
        });
      }
      return `${toLiteral(values[number - 1])}${asExpression ? '::text' : ''}`;
    });
    const read = await this.#read(bound);
    if (classify(read.tree).parameters > 0) {
      throw new SqlError('a parameter cannot be replaced by a value', { code: 'SQL_VALUES' });
    }
    return compact(read.text);
  }

  /**
   * The statement as EXPLAIN takes it: without comments, and with what `pg_stat_statements` made of its constants
   * repaired, such as `date $1`.
   */
  async explainable(text: string): Promise<{ text: string; parameters: number }> {
    const repaired = await this.#repaired(text, true);
    return { text: compact(repaired.text), parameters: classify(repaired.tree).parameters };
  }

  /** The statements of a script, by its semicolons; whether they are valid is not looked at. */
  async split(script: string): Promise<string[]> {
    const text = readText(script);
    checkText(text, this.#limits.maxBytes * SCRIPT_FACTOR);
    return splitScript(text.replace(/^\ufeff/, ''));
  }

  /** Ends the parser's thread for as long as nothing is asked of it. */
  rest(): Promise<void> {
    return this.#thread.rest();
  }

  /** Ends the parser's thread; what is waiting is rejected. Idempotent. */
  stop(): Promise<void> {
    this.#described.clear();
    return this.#thread.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #read(given: string): Promise<ReadText> {
    const original = readText(given);
    checkText(original, this.#limits.maxBytes);
    const tokens = tokenize(original);
    checkShape(original, tokens, this.#limits.maxDepth);
    if (tokens.every((token) => isBlank(token) || original[token.start] === ';')) {
      throw new SqlError('one statement is expected, not 0', { code: 'SQL_NOT_ONE_STATEMENT' });
    }
    const text = blankComments(original, tokens);
    return { text, ...(await this.#thread.parse(text)) };
  }

  async #repaired(given: string, withTypes: boolean): Promise<ReadText> {
    const read = await this.#read(given);
    const repaired = repairParameters(read.text, read.tree, withTypes);
    return repaired === read.text ? read : this.#read(repaired);
  }
}

interface ReadText extends Parsed {
  /** Without comments. */
  readonly text: string;
}

function readText(given: unknown): string {
  return typeof given === 'string' ? given : readValue('SqlParser', 'text', given, option.string());
}

/** Whether the same text would fail again. */
function isOfText(error: unknown): boolean {
  return error instanceof SqlError && error.code !== 'SQL_TIMEOUT' && error.code !== 'SQL_STOPPED';
}
