import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Clock,
  type Duration,
  Emitter,
  type EventSink,
  type Meter,
  noopEventSink,
  noopMeter,
  option,
  readOptions,
  readValue,
  systemClock,
} from '@evenkeel/core';
import type { WorkloadQuery } from '../advice/workload.ts';
import type { Statement } from '../sql/statement.ts';
import { StatementCache } from '../sql/statement-cache.ts';
import { identify, isLasting, type KnownText } from './known-text.ts';
import type { ObserveQuery, QueryObservation } from './observation.ts';
import { queryCallSite } from './query-call-site.ts';
import { QueryMetrics } from './query-metrics.ts';
import { type QueryReport, reportOn } from './query-report.ts';
import { RepeatedQueries, type RepeatedQuery } from './repeated-queries.ts';
import { maskConstants, RequestQueries } from './request-queries.ts';
import { keepable, type RedactParameter } from './run-samples.ts';
import { RecordLimit, type SlowReason, slowReason } from './slow-runs.ts';
import type { GroupIdentity, StatementGroup } from './statement-group.ts';
import { StatementGroups } from './statement-groups.ts';
import { workloadOf } from './workload-of.ts';

/** Options of {@link QueryLog}. All but `parser` are optional. */
export interface QueryLogOptions {
  /** Reads the statements; `SqlParser` does. It is asked once for each text, off the path of the query. */
  readonly parser: { describe(text: string): Promise<Statement> };
  /** A run that takes as long is slow, in ms. @defaultValue 200 */
  readonly slowThreshold?: Duration | undefined;
  /**
   * A run is slow too that takes so many times the median of its statement, and at least 20 ms, once there were 30 runs.
   * @defaultValue 10
   */
  readonly slowFactor?: number | undefined;
  /** Runs of one statement in one request from which on it counts as repeated. @defaultValue 10 */
  readonly repeatThreshold?: number | undefined;
  /** Groups of like statements that are kept; those that took the least time of late go first. @defaultValue 500 */
  readonly maxStatements?: number | undefined;
  /** Runs that are kept of each group with their values, for the advisor; 0 for none. @defaultValue 5 */
  readonly samples?: number | undefined;
  /**
   * Gives what may be kept of a value. Where it throws, none of the run's values are kept. With it, texts that have
   * constants are not kept either, only their normalised form.
   * @defaultValue values are kept as they are, in memory only
   */
  readonly redact?: RedactParameter | undefined;
  /** Takes records of slow and repeated queries, without values. @defaultValue nobody */
  readonly sink?: EventSink | undefined;
  /** @defaultValue noopMeter */
  readonly meter?: Meter | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** For the choice of samples. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined;
}

/** A run that was slow. */
export interface SlowQueryEvent {
  readonly statementId: string;
  readonly normalized: string;
  readonly durationMs: number;
  /** Longer than the threshold, or than the statement's own history would have it. */
  readonly reason: SlowReason;
  /** Of the statement's runs, in ms. */
  readonly medianMs: number;
  readonly rows: number | undefined;
  readonly failed: boolean;
  readonly startedAt: number;
  /** Slow runs that were not told of since the last that was: there are 60 a minute at most. */
  readonly suppressed: number;
}

export interface QueryLogEvents {
  slowQuery: SlowQueryEvent;
  /** A statement has begun to repeat within a request. */
  repeatedQuery: RepeatedQuery;
}

/** What a log has not kept. */
export interface QueryLogLosses {
  /** Groups that gave way to others, and the runs that they had. */
  readonly groups: number;
  readonly runs: number;
  /** Runs that came faster than their texts could be read. */
  readonly unread: number;
  /** Runs whose values could not be kept. */
  readonly samples: number;
  /** Findings of repeated queries that gave way to others. */
  readonly repetitions: number;
}

/* Texts by statement: an application that builds its texts has several for each. */
const TEXTS_PER_STATEMENT = 4;

/* Texts that wait for the parser, and runs that wait with each. */
const MAX_PENDING_TEXTS = 200;
const MAX_PENDING_RUNS = 100;

/* Of a normalised text in a record or event. */
const MAX_TEXT_LENGTH = 2000;

/**
 * Keeps statistics of the queries of an application by groups of like statements, notices slow ones, and those that a
 * request repeats. Recording one never waits: what a text means is found out afterwards, and once.
 */
export class QueryLog extends Emitter<QueryLogEvents> {
  readonly #parser: QueryLogOptions['parser'];
  readonly #clock: Clock;
  readonly #rules: { readonly thresholdMs: number; readonly factor: number };
  readonly #repeatThreshold: number;
  readonly #redact: RedactParameter | undefined;
  readonly #sink: EventSink;
  readonly #metrics: QueryMetrics;
  readonly #texts: StatementCache<KnownText>;
  readonly #groups: StatementGroups;
  readonly #repeated = new RepeatedQueries();
  readonly #slowLimit: RecordLimit;
  readonly #repeatLimit: RecordLimit;
  readonly #requests = new AsyncLocalStorage<RequestQueries>();
  readonly #pending = new Map<Promise<void>, KnownText>();
  #sinceMs: number;
  #unread = 0;
  #lostSamples = 0;

  /** @throws ConfigurationError */
  constructor(options: QueryLogOptions) {
    const read = readOptions('QueryLog', options, {
      parser: option.withMethods<QueryLogOptions['parser']>('describe'),
      slowThreshold: option.duration({ min: 0 }).default(200),
      slowFactor: option.number({ min: 1 }).default(10),
      repeatThreshold: option.integer({ min: 2 }).default(10),
      maxStatements: option.integer({ min: 1 }).default(500),
      samples: option.integer({ min: 0, max: 100 }).default(5),
      redact: option.callback<RedactParameter>().optional(),
      sink: option.withMethods<EventSink>('record').default(noopEventSink),
      meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
      clock: option.withMethods<Clock>('now', 'monotonic').default(systemClock),
      random: option.callback<() => number>().default(Math.random),
    });
    super(read.clock);
    this.#parser = read.parser;
    this.#clock = read.clock;
    this.#rules = { thresholdMs: read.slowThreshold, factor: read.slowFactor };
    this.#repeatThreshold = read.repeatThreshold;
    this.#redact = read.redact;
    this.#sink = read.sink;
    this.#texts = new StatementCache(read.maxStatements * TEXTS_PER_STATEMENT);
    this.#groups = new StatementGroups(read.maxStatements, { size: read.samples, random: read.random });
    this.#metrics = new QueryMetrics(read.meter, () => ({
      statements: this.#groups.size,
      dropped: this.#groups.dropped.groups,
    }));
    this.#sinceMs = read.clock.monotonic();
    this.#slowLimit = new RecordLimit(this.#sinceMs);
    this.#repeatLimit = new RecordLimit(this.#sinceMs);
  }

  /** Takes one run of a statement, at its end and in the async context of its caller. Never throws. */
  readonly record: ObserveQuery = (observation) => {
    try {
      this.#record(observation);
    } catch (thrown) {
      this.reportError('the query log', thrown);
    }
  };

  /**
   * Runs a callback as one request: statements that repeat in it are noticed. One within another is a request of its
   * own.
   *
   * @param name of the kind of request, such as `GET /orders`
   * @throws what the callback throws
   */
  request<T>(name: string, callback: () => T): T {
    const requestName = readValue('request', 'name', name, option.string());
    readValue('request', 'callback', callback, option.callback<() => T>());
    return this.#requests.run(new RequestQueries(requestName), callback);
  }

  /** All groups, those that took most time first. */
  statements(): QueryReport[] {
    return reportOn(this.#groups.values());
  }

  /** The groups that had slow runs, those that took most time first. */
  slowQueries(): QueryReport[] {
    return this.statements().filter(({ slowRuns }) => slowRuns > 0);
  }

  /** What requests repeat, those that took most time first. */
  repeatedQueries(): RepeatedQuery[] {
    return this.#repeated.list();
  }

  /** What ran, for the advisor: what failed, could not be read or has no plan is left out. */
  workload(): WorkloadQuery[] {
    return workloadOf(this.#groups.values());
  }

  /** How long it has been recording, in ms. */
  get windowMs(): number {
    return this.#clock.monotonic() - this.#sinceMs;
  }

  get losses(): QueryLogLosses {
    return {
      ...this.#groups.dropped,
      unread: this.#unread,
      samples: this.#lostSamples,
      repetitions: this.#repeated.dropped,
    };
  }

  /** Ends when all that was recorded so far is in its group. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending.keys());
  }

  /** Forgets what was seen, such as after a change whose effect is to be measured. */
  reset(): void {
    this.#groups.clear();
    this.#repeated.clear();
    // Runs that wait for the parser were seen too.
    for (const { pending } of this.#pending.values()) pending.length = 0;
    this.#sinceMs = this.#clock.monotonic();
  }

  /** Ends the recording of metrics; what waits for the parser is waited for. Idempotent. */
  async stop(): Promise<void> {
    this.#metrics.stop();
    await this.settled();
  }

  #record(run: QueryObservation): void {
    const { text, durationMs } = run;
    if (typeof text !== 'string' || !(durationMs >= 0 && durationMs < Number.POSITIVE_INFINITY)) return;
    const known = this.#texts.get(text) ?? this.#learn(text);
    if (known === undefined) this.#unread++;
    else if (known.identity !== undefined) this.#count(known, known.identity, run);
    else if (known.pending.length < MAX_PENDING_RUNS) known.pending.push(run);
    else this.#unread++;
    const request = this.#requests.getStore();
    if (request) this.#countInRequest(request, known, run);
  }

  /** Asks the parser; the runs wait meanwhile. Undefined where too many texts wait already. */
  #learn(text: string): KnownText | undefined {
    if (this.#pending.size >= MAX_PENDING_TEXTS) return undefined;
    const known: KnownText = { identity: undefined, sampleText: text, pending: [], requestKey: undefined };
    this.#texts.set(text, known);
    const learnt = identify(this.#parser, text, this.#redact !== undefined)
      .then(({ identity, sampleText }) => {
        known.sampleText = sampleText;
        known.identity = identity;
        if (!isLasting(identity)) this.#texts.delete(text);
        for (const run of known.pending.splice(0)) this.#count(known, identity, run);
      })
      .catch((thrown: unknown) => this.reportError('the query log', thrown))
      .finally(() => this.#pending.delete(learnt));
    this.#pending.set(learnt, known);
    return known;
  }

  #count(known: KnownText, identity: GroupIdentity, run: QueryObservation): void {
    const { durationMs, rows, startedAt } = run;
    const nowMs = this.#clock.monotonic();
    const group = this.#groups.take(identity, nowMs);
    const failed = run.error !== undefined;
    const slow = slowReason(durationMs, group, this.#rules);
    group.statistics.add(durationMs, rows, failed, startedAt);
    group.used(durationMs, nowMs);
    this.#metrics.ran(identity.kind, failed, durationMs);
    const at = identity.isRead && !failed ? group.samples.place() : -1;
    if (at >= 0) this.#keepSample(group, at, known, run);
    if (slow) this.#tellSlow(group, run, slow, nowMs);
  }

  #keepSample(group: StatementGroup, at: number, { sampleText }: KnownText, run: QueryObservation): void {
    let params: readonly unknown[] | undefined;
    try {
      params = sampleText === run.text ? keepable(run.params ?? [], this.#redact) : [];
    } catch (thrown) {
      if (this.#redact) this.reportError('redact', thrown);
    }
    if (params === undefined) this.#lostSamples++;
    group.samples.keep(at, { text: sampleText, params: params ?? [] });
  }

  #tellSlow(group: StatementGroup, run: QueryObservation, reason: SlowReason, nowMs: number): void {
    const { identity } = group;
    group.slowRuns++;
    this.#metrics.slow();
    const suppressed = this.#slowLimit.take(nowMs);
    if (suppressed === undefined) return;
    const event: SlowQueryEvent = {
      statementId: identity.id,
      normalized: identity.normalized.slice(0, MAX_TEXT_LENGTH),
      durationMs: run.durationMs,
      reason,
      medianMs: group.medianMs,
      rows: run.rows,
      failed: run.error !== undefined,
      startedAt: run.startedAt,
      suppressed,
    };
    this.emit('slowQuery', event);
    this.#sink.record('slow-query', { ...event });
  }

  #countInRequest(request: RequestQueries, known: KnownText | undefined, run: QueryObservation): void {
    const { text, params, durationMs } = run;
    let key = known?.requestKey;
    if (key === undefined) {
      key = maskConstants(text);
      if (known) known.requestKey = key;
    }
    const repetition = request.add(key, text, params, durationMs);
    if (!repetition || repetition.count < this.#repeatThreshold) return;
    const isNew = repetition.count === this.#repeatThreshold;
    if (isNew) repetition.callSite = queryCallSite(this.record);
    const found = this.#repeated.add(
      key,
      {
        pattern: repetition.isSame ? 'redundant' : 'n-plus-one',
        statementId: known?.identity?.id,
        normalized: (known?.identity?.normalized ?? key).slice(0, MAX_TEXT_LENGTH),
        request: request.name,
        callSite: repetition.callSite,
        maxRuns: repetition.count,
        totalMs: isNew ? repetition.totalMs : durationMs,
        lastSeen: run.startedAt,
      },
      isNew,
    );
    if (!isNew) return;
    this.#metrics.repeated(found.pattern);
    if (this.#repeatLimit.take(this.#clock.monotonic()) === undefined) return;
    this.emit('repeatedQuery', found);
    this.#sink.record('repeated-query', { ...found });
  }
}
