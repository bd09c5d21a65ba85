import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type ComponentHealth,
  type Disposer,
  Emitter,
  type ManagedComponent,
  option,
  PeriodicTask,
  type Queryable,
  type Recommendation,
  readOptions,
  readValue,
  StateError,
} from '@evenkeel/core';
import { IndexAdvisor } from './advice/index-advisor.ts';
import type { RecommendIndexesOptions } from './advice/recommend-options.ts';
import type { IndexAdvice } from './advice/recommendation.ts';
import {
  compareGenericPlan,
  explainQuery,
  type GenericPlanComparison,
  type IndexAnalysis,
  type Plan,
  PlanHistory,
  suggestionsOf,
} from './analysis/index.ts';
import type { DatabaseEvents } from './database-events.ts';
import { DatabaseHealth } from './database-health.ts';
import { exportExecution } from './database-metrics.ts';
import {
  type DatabaseOptimizerOptions,
  type DatabaseOptimizerSettings,
  readDatabaseOptimizerOptions,
} from './database-optimizer-options.ts';
import { type DatabaseSnapshot, snapshotOf } from './database-snapshot.ts';
import type { ExecutedResult } from './execution/connections/connection.ts';
import type { ExecuteOptions, TransactionOptions } from './execution/execution-options.ts';
import { QueryExecutor } from './execution/query-executor.ts';
import type { TransactionCallback } from './execution/run-transaction.ts';
import type { InstrumentablePool } from './instrument/instrumentable.ts';
import { WatchedPools } from './instrument/watched-pools.ts';
import { readServerConnections } from './pool/server-connections.ts';
import type { QueryObservation } from './queries/observation.ts';
import { QueryLog } from './queries/query-log.ts';
import type { QueryReport } from './queries/query-report.ts';
import type { RepeatedQuery } from './queries/repeated-queries.ts';
import { inspect } from './session/inspect.ts';
import type { Session } from './session/session.ts';
import { SqlParser } from './sql/sql-parser.ts';
import { checkStatement, VALUES } from './sql/statement-arguments.ts';
import { Probes, type Survey, survey } from './survey/database-survey.ts';

/** What belongs to one database. */
interface Attached {
  readonly database: Queryable;
  readonly executor: QueryExecutor;
  readonly advisor: IndexAdvisor;
}

/* Of these kinds a statement has no plan, and nothing can be suggested for it. */
const UNPLANNED: ReadonlySet<string> = new Set(['transaction', 'other']);

/* In the background the planner is asked little: the whole answer is `recommendIndexes()`'s. */
const BACKGROUND_ADVICE = { maxPlannerCalls: 300, timeout: 5000 } as const;

/**
 * Watches the queries of an application on PostgreSQL, runs them with retries where that is safe, and says what would
 * make them faster: indexes proven by the planner, superfluous ones, stale statistics, changed plans, the size of the
 * pool. It only reads; what it advises is done by you.
 *
 * @example
 * const optimizer = new DatabaseOptimizer(pool);
 * const stop = optimizer.instrument(pool);
 * const { recommendations } = await optimizer.recommendIndexes({ storageBudget: '1gb' });
 */
export class DatabaseOptimizer extends Emitter<DatabaseEvents> implements ManagedComponent {
  readonly #settings: DatabaseOptimizerSettings;
  readonly #parser: SqlParser;
  readonly #log: QueryLog;
  readonly #plans = new PlanHistory();
  readonly #probes = new Probes();
  readonly #health: DatabaseHealth;
  /* What we ask the database ourselves is none of the application's queries. */
  readonly #ownWork = new AsyncLocalStorage<true>();
  readonly #pools: WatchedPools;
  readonly #task: PeriodicTask | undefined;
  #attached: Attached | undefined;
  #survey: Survey | undefined;
  #advice: IndexAdvice | undefined;
  #suggestions: readonly Recommendation[] = [];
  #surveying: Promise<readonly Recommendation[]> | undefined;
  #isRunning = false;
  #ending = new AbortController();

  /**
   * @param database a Pool or Client of `pg`, or PGlite; undefined where {@link attach} gives it later
   * @throws ConfigurationError
   */
  constructor(database?: Queryable, options?: DatabaseOptimizerOptions) {
    const settings = readDatabaseOptimizerOptions(options);
    const { clock, meter, sink, random, redact } = settings;
    super(clock);
    this.#settings = settings;
    this.#parser = new SqlParser({ clock });
    const { slowThreshold, slowFactor, repeatThreshold, maxStatements, samples } = settings;
    const rules = { slowThreshold, slowFactor, repeatThreshold, maxStatements, samples, redact };
    this.#log = new QueryLog({ ...rules, parser: this.#parser, sink, meter, clock, random });
    this.#log.on('slowQuery', (event) => this.emit('slow_query', event));
    this.#log.on('repeatedQuery', (event) => this.emit('repeated_query', event));
    this.#log.on('error', ({ source, error }) => this.reportError(source, error));
    this.#pools = new WatchedPools((run) => this.#observe(run), clock);
    this.#health = new DatabaseHealth(clock.monotonic());
    exportExecution(meter, () => ({
      counts: this.#attached?.executor.counts,
      pools: this.#pools.snapshots(),
    }));
    if (settings.surveyInterval > 0) {
      this.#task = new PeriodicTask(() => this.#surveyInBackground(), {
        intervalMs: settings.surveyInterval,
        jitter: 0.1,
        clock,
        random,
        onError: (error) => this.reportError('survey', error),
      });
    }
    if (database !== undefined) this.attach(database);
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /**
   * Gives the database, where it was not there when this was made.
   *
   * @throws ConfigurationError; StateError where there is one already
   */
  attach(database: Queryable): void {
    readValue('DatabaseOptimizer', 'database', database, option.withMethods<Queryable>('query'));
    if (this.#attached) throw new StateError('there is a database already');
    const { timeout, deadline, retries, retryBudget, clock, random, twin } = this.#settings;
    const executor = new QueryExecutor({
      database,
      describe: (text) => this.#parser.describe(text),
      timeout,
      deadline,
      retries,
      retryBudget,
      // What is instrumented is observed there already.
      observe: (run) => void (this.#pools.isWatching(database) || this.#observe(run)),
      onRetry: (event) => this.emit('query_retried', event),
      clock,
      random,
    });
    const advisor = new IndexAdvisor({
      database,
      parser: this.#parser,
      clock,
      twin,
      seen: () => ({ workload: this.#log.workload(), windowMs: this.#log.windowMs }),
    });
    this.#attached = { database, executor, advisor };
  }

  /** Begins to survey the database every `surveyInterval`, and watches again what was instrumented. Idempotent. */
  start(): void {
    this.#isRunning = true;
    if (this.#ending.signal.aborted) this.#ending = new AbortController();
    this.#pools.resume();
    this.#task?.start();
  }

  /**
   * Ends the surveys, a running one too, and watching; everything asked for by a call works on. Idempotent, and may be
   * started again.
   */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#ending.abort(new StateError('the database optimizer was stopped'));
    this.#pools.rest();
    await this.#task?.stop();
    await this.#surveying?.catch(() => {});
    await this.#log.settled();
    await this.#parser.rest();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Runs a query, timed and grouped with its like. It is repeated when it did not run or was undone for the sake of
   * others; when its answer was lost, only if it is proven to change nothing or said to be idempotent.
   *
   * @throws what the driver throws; `TimeoutError`; `OutcomeUnknownError`; `ConfigurationError` for bad arguments
   */
  async optimizeQuery<Row = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
    options?: ExecuteOptions,
  ): Promise<ExecutedResult<Row>> {
    return this.#database().executor.query<Row>(sql, params, options);
  }

  /**
   * Runs the callback in a transaction; all of it again where the server undid it for the sake of others or the
   * connection was lost. When the answer to COMMIT is lost, the server is asked what came of it: nothing is done twice.
   *
   * @throws what the callback or the driver throws; `TimeoutError`; `TransactionAbortedError`; `OutcomeUnknownError`;
   * `ConfigurationError` for bad arguments; `StateError` where the database has no transactions
   */
  async transaction<T>(callback: TransactionCallback<T>, options?: TransactionOptions): Promise<T> {
    return this.#database().executor.transaction(callback, options);
  }

  /**
   * Watches all that goes through a pool of `pg`, without changing anything for those who use it.
   *
   * @returns what ends it
   * @throws ConfigurationError; StateError where it is watched already
   */
  instrument(pool: InstrumentablePool, options?: { readonly name?: string }): Disposer {
    const { name } = readOptions('instrument', options, {
      name: option.string().default('default'),
    });
    return this.#pools.add(pool, name);
  }

  /**
   * Runs a callback as one request: statements that repeat in it are noticed.
   *
   * @param name of the kind of request, such as `GET /orders`
   * @throws what the callback throws
   */
  request<T>(name: string, callback: () => T): T {
    return this.#log.request(name, callback);
  }

  /** Groups of like statements that had slow runs, those that took most time first. */
  getSlowQueries(): QueryReport[] {
    return this.#log.slowQueries();
  }

  /** All groups of like statements, those that took most time first. */
  getStatements(): QueryReport[] {
    return this.#log.statements();
  }

  /** Statements that requests repeat: N+1, or the same again. */
  getRepeatedQueries(): RepeatedQuery[] {
    return this.#log.repeatedQueries();
  }

  /**
   * Superfluous and invalid indexes, and foreign keys that lack one.
   *
   * @param options.confirm whether the planner is asked what the queries that were seen would cost without each: then a
   * script is taken back where one gets dearer @defaultValue false
   * @throws ConfigurationError; EvenkeelError `NO_WHAT_IF` where that is to be confirmed and nothing can tell
   */
  async analyzeIndexes(options?: { readonly confirm?: boolean }): Promise<IndexAnalysis> {
    const { confirm } = readOptions('analyzeIndexes', options, {
      confirm: option.boolean().default(false),
    });
    const { indexes } = await this.#look();
    if (!confirm) return indexes;
    const { advisor } = this.#database();
    return await this.#ownWork.run(true, () => advisor.confirmDrops(indexes));
  }

  /**
   * The indexes that a workload wants, chosen as a whole under a storage budget by the planner's own costs.
   *
   * @throws ConfigurationError; EvenkeelError `EMPTY_WORKLOAD`, `NO_WHAT_IF`, `NO_STATEMENT_STATISTICS`
   */
  async recommendIndexes(options?: RecommendIndexesOptions): Promise<IndexAdvice> {
    await this.#log.settled();
    const { advisor } = this.#database();
    this.#advice = await this.#ownWork.run(true, () => advisor.recommend(options));
    return this.#advice;
  }

  /** All there is to suggest, the most urgent first: surveys the database, and asks the planner briefly for indexes. */
  async getOptimizationSuggestions(): Promise<readonly Recommendation[]> {
    this.#surveying ??= this.#surveyAll().finally(() => {
      this.#surveying = undefined;
    });
    return this.#surveying;
  }

  /** What is wrong with the pools that are instrumented, if anything, and how large they should be. */
  async getPoolRecommendations(): Promise<readonly Recommendation[]> {
    const attached = this.#attached;
    if (this.#survey?.isEmbedded) return [];
    const server = attached
      ? await readServerConnections(attached.database).catch(() => undefined)
      : undefined;
    return this.#pools.recommendations(server);
  }

  /**
   * The plan of a statement. It is run only with `analyze`, and only if it is proven to change nothing.
   *
   * @throws ConfigurationError, ExplainRefusedError, PlanError, SqlError
   */
  async explain(
    sql: string,
    options?: { readonly values?: readonly unknown[]; readonly analyze?: boolean },
  ): Promise<Plan> {
    const owner = 'explain';
    checkStatement(owner, sql);
    const { values, analyze } = readOptions(owner, options, {
      values: VALUES.optional(),
      analyze: option.boolean().default(false),
    });
    const parser = this.#parser;
    return await this.#inspect((session) => {
      return explainQuery(session, sql, { analyze, parser, ...(values && { values }) });
    });
  }

  /**
   * How the plan without values compares with those for samples: what a prepared statement is in for from its sixth run
   * on.
   *
   * @throws ConfigurationError, ExplainRefusedError, PlanError, SqlError
   */
  async compareGenericPlan(
    sql: string,
    samples: readonly (readonly unknown[])[],
  ): Promise<GenericPlanComparison> {
    const owner = 'compareGenericPlan';
    checkStatement(owner, sql);
    readValue(owner, 'samples', samples, option.listOf(VALUES));
    const parser = this.#parser;
    return await this.#inspect((session) => compareGenericPlan(session, sql, { samples, parser }));
  }

  /**
   * Runs work whose queries are not watched: of those who keep books of their own in the database. What it begins, such
   * as timers, is not watched either.
   */
  unwatched<T>(work: () => T): T {
    readValue('unwatched', 'work', work, option.callback<() => T>());
    return this.#ownWork.run(true, work);
  }

  /** Forgets the queries that were seen, such as after a change whose effect is to be measured. */
  reset(): void {
    this.#log.reset();
  }

  snapshot(): DatabaseSnapshot {
    return snapshotOf({
      log: this.#log,
      counts: this.#attached?.executor.counts,
      pools: this.#pools.snapshots(),
      survey: this.#survey,
      advice: this.#advice,
      planChanges: this.#plans.changes(),
    });
  }

  /** What the last survey found to suggest. */
  recommendations(): readonly Recommendation[] {
    return this.#suggestions;
  }

  healthCheck(): ComponentHealth {
    let runs = 0;
    let slow = 0;
    let errors = 0;
    for (const statement of this.#log.statements()) {
      runs += statement.calls;
      slow += statement.slowRuns;
      errors += statement.errors;
    }
    return this.#health.judge({ runs, slow, errors }, this.#settings.clock.monotonic());
  }

  #observe(run: QueryObservation): void {
    if (!this.#ownWork.getStore()) this.#log.record(run);
  }

  #database(): Attached {
    if (!this.#attached) throw new StateError('there is no database yet: give one to attach()');
    return this.#attached;
  }

  #inspect<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const { clock } = this.#settings;
    const { database } = this.#database();
    return this.#ownWork.run(true, () => inspect(database, work, { clock }));
  }

  async #look(): Promise<Survey> {
    const { database } = this.#database();
    await this.#log.settled();
    const parts = {
      database,
      parser: this.#parser,
      log: this.#log,
      plans: this.#plans,
      probes: this.#probes,
      clock: this.#settings.clock,
      signal: this.#ending.signal,
    };
    const looked = await this.#ownWork.run(true, () => survey(parts));
    this.#survey = looked;
    for (const change of looked.planChanges) this.emit('plan_changed', change);
    return looked;
  }

  async #surveyInBackground(): Promise<void> {
    try {
      if (this.#attached) await this.getOptimizationSuggestions();
    } catch (error) {
      if (!this.#ending.signal.aborted) throw error;
    }
  }

  async #surveyAll(): Promise<readonly Recommendation[]> {
    const { clock } = this.#settings;
    const startedMs = clock.monotonic();
    const { advisor } = this.#database();
    const { indexes, statistics, findings, connections, missing, isEmbedded } = await this.#look();
    const slowQueries = this.#log.slowQueries().filter(({ kind }) => !UNPLANNED.has(kind));
    // Where nothing is slow, there is nothing that an index has to mend.
    this.#advice = slowQueries.length > 0 ? await this.#adviseBriefly(advisor) : undefined;
    this.#suggestions = suggestionsOf({
      ...(this.#advice && { advice: this.#advice }),
      indexes,
      statistics,
      slowQueries,
      repeatedQueries: this.#log.repeatedQueries(),
      findings,
      plans: this.#plans.changes(),
      // An embedded database has one connection, whatever a pool of it might want.
      pool: isEmbedded ? [] : this.#pools.recommendations(connections),
      missing,
    });
    this.emit('surveyed', { suggestions: this.#suggestions, durationMs: clock.monotonic() - startedMs });
    return this.#suggestions;
  }

  /** Without what-if there is no advice, and the rest is worth having. */
  async #adviseBriefly(advisor: IndexAdvisor): Promise<IndexAdvice | undefined> {
    const { signal } = this.#ending;
    try {
      return await this.#ownWork.run(true, () => advisor.recommend({ ...BACKGROUND_ADVICE, signal }));
    } catch (error) {
      signal.throwIfAborted();
      this.reportError('index advice', error);
      return undefined;
    }
  }
}
