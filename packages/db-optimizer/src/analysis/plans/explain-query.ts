import { EvenkeelError } from '@evenkeel/core';
import type { Session } from '../../session/session.ts';
import type { Statement } from '../../sql/statement.ts';
import { PlanError } from '../../what-if/plan-error.ts';
import { parsePlan } from './parse-plan.ts';
import type { Plan } from './plan.ts';

/** What reads SQL: `SqlParser` does. */
export interface StatementReader {
  describe(text: string): Promise<Statement>;
  bind(text: string, values: readonly unknown[]): Promise<string>;
  explainable(text: string): Promise<{ text: string; parameters: number }>;
}

export interface ExplainQueryOptions {
  readonly parser: StatementReader;
  /** For `$1`, `$2`…; without them the plan is the generic one. @defaultValue none */
  readonly values?: readonly unknown[];
  /** Runs the statement, to see what it does: for statements that are proven to read only. @defaultValue false */
  readonly analyze?: boolean;
}

/** A statement that is not explained, or not run for it. */
export class ExplainRefusedError extends EvenkeelError {
  override readonly name = 'ExplainRefusedError';

  constructor(message: string) {
    super(message, { code: 'EXPLAIN_REFUSED' });
  }
}

const EXPLAINED: ReadonlySet<string> = new Set(['select', 'insert', 'update', 'delete', 'merge']);

/**
 * The plan of one statement. It is not run, unless `analyze` asks for that and it is proven to change nothing; functions
 * that are declared IMMUTABLE are evaluated by planning alone.
 *
 * @param session in a READ ONLY transaction, as `inspect` gives it; it goes on as before, after errors too
 * @throws ExplainRefusedError, {@link PlanError}, `SqlError`
 */
export async function explainQuery(
  session: Session,
  text: string,
  { parser, values, analyze = false }: ExplainQueryOptions,
): Promise<Plan> {
  const { kind, isReadOnly, parameters } = await parser.describe(text);
  if (!EXPLAINED.has(kind)) throw new ExplainRefusedError(`a statement of kind ${kind} has no plan`);
  if (analyze && !isReadOnly)
    throw new ExplainRefusedError(
      'the statement is not proven to read only, and EXPLAIN ANALYZE would run it: explain it without analyze',
    );
  const isGeneric = parameters > 0 && values === undefined;
  if (analyze && isGeneric)
    throw new ExplainRefusedError(`the statement has ${parameters} parameters: to run it, give their values`);
  const bound = values !== undefined && parameters > 0 ? await parser.bind(text, values) : undefined;
  const plannable = bound === undefined ? await parser.explainable(text) : { text: bound, parameters: 0 };
  await beginExplaining(session);
  let failure: Error | undefined;
  try {
    const options = analyze ? 'analyze, buffers, verbose, settings' : 'verbose, settings';
    const explain = `explain (${options}, format json)`;
    const { rows } = isGeneric
      ? await explainGenerically(session, explain, plannable)
      : await session.query(`${explain} ${plannable.text}`);
    return parsePlan(Object.values(rows[0] ?? {})[0]);
  } catch (error) {
    failure = error instanceof EvenkeelError ? error : new PlanError(text, error);
    throw failure;
  } finally {
    // Where the connection is gone, the first error tells more.
    await endExplaining(session).catch((error: unknown) => {
      if (!failure) throw error;
    });
  }
}

const SAVEPOINT = 'evenkeel_explain';
const PREPARED = 'evenkeel_explained';

async function beginExplaining(session: Session): Promise<void> {
  const { rows } = await session.query<{ read_only: string }>(
    "select current_setting('transaction_read_only') as read_only",
  );
  if (rows[0]?.read_only !== 'on')
    throw new ExplainRefusedError('the session is not in a READ ONLY transaction: use inspect()');
  await session.query(`savepoint ${SAVEPOINT}`);
}

/** Takes back the settings too, and an error that would otherwise have ended the transaction. */
async function endExplaining(session: Session): Promise<void> {
  await session.query(`rollback to savepoint ${SAVEPOINT}`);
  await session.query(`release savepoint ${SAVEPOINT}`);
}

/** As a server plans a named statement from its sixth run on. Every version does it this way, without values. */
async function explainGenerically(
  session: Session,
  explain: string,
  { text, parameters }: { text: string; parameters: number },
): Promise<{ rows: Record<string, unknown>[] }> {
  await session.query('set local plan_cache_mode = force_generic_plan');
  await session.query(`prepare ${PREPARED} as ${text}`);
  try {
    const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
    return await session.query(`${explain} execute ${PREPARED}${nulls === '' ? '' : `(${nulls})`}`);
  } catch (error) {
    // After an error nothing but a roll-back is taken, and a prepared statement outlives it.
    await session.query(`rollback to savepoint ${SAVEPOINT}`);
    throw error;
  } finally {
    await session.query(`deallocate ${PREPARED}`);
  }
}
