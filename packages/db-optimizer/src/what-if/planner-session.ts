import { type Clock, systemClock } from '@evenkeel/core';
import { type BeginOptions, beginTransaction } from '../session/inspect.ts';
import type { Session } from '../session/session.ts';
import { PlanError } from './plan-error.ts';
import { type PlanNode, readPlan } from './plan-node.ts';

/** A text for the planner: with `$n`, it is planned generically. */
export interface PlannableText {
  readonly text: string;
  readonly parameters: number;
}

export interface PlannerSessionOptions extends BeginOptions {
  readonly clock?: Clock;
}

/* A transaction keeps a lock on each table it planned for, which the application's DDL has to wait for. */
const MAX_TRANSACTION_MS = 1000;

/* Prepared statements kept at a time: planning generically needs one, and a workload asks for the same ones again. */
const MAX_PREPARED = 200;

/**
 * Asks the planner of a session for plans, in transactions that last about a second each, and may only read unless
 * said otherwise. What it
 * prepares has names of its own, and is gone after `close`.
 */
export class PlannerSession {
  readonly session: Session;
  readonly #options: PlannerSessionOptions;
  readonly #clock: Clock;
  /** Names of the prepared statements by their text, the least recently used first. */
  readonly #prepared = new Map<string, string>();
  readonly #prefix = `evenkeel_${Math.random().toString(36).slice(2, 10)}_`;
  #named = 0;
  /** When the transaction under way began; undefined between two. */
  #begunAt: number | undefined;
  #isStale = false;
  #backend: string | undefined;
  #isGeneric = false;
  #calls = 0;

  constructor(session: Session, options: PlannerSessionOptions = {}) {
    this.session = session;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  get calls(): number {
    return this.#calls;
  }

  /**
   * Begins a transaction where there is none.
   *
   * @returns whether it is on the backend that the last one was on: behind a pooler it may not be
   */
  async begin(): Promise<boolean> {
    if (this.#begunAt !== undefined) return true;
    await beginTransaction(this.session, this.#options);
    this.#begunAt = this.#clock.monotonic();
    const { rows } = await this.session.query<{ pid: string }>('select pg_backend_pid()::text as pid');
    const before = this.#backend;
    this.#backend = rows[0]?.pid;
    if (before === undefined || before === this.#backend) return true;
    this.#prepared.clear();
    return false;
  }

  /** Whether the transaction under way has lasted its time. */
  get isDue(): boolean {
    return this.#begunAt !== undefined && this.#clock.monotonic() - this.#begunAt >= MAX_TRANSACTION_MS;
  }

  /** Ends the transaction under way. */
  async end(): Promise<void> {
    if (this.#begunAt === undefined) return;
    this.#begunAt = undefined;
    this.#isGeneric = false;
    await this.session.query('rollback');
  }

  /** To be told when what the planner may choose from has changed: it keeps generic plans. */
  changed(): void {
    this.#isStale = true;
  }

  /** @throws PlanError where the planner refuses the text; the transaction has ended then */
  async plan({ text, parameters }: PlannableText): Promise<PlanNode> {
    this.#calls += 1;
    try {
      if (parameters === 0) return await this.#explain(text);
      return await this.#planGenerically(text, parameters);
    } catch (error) {
      await this.end();
      throw new PlanError(text, error);
    }
  }

  async close(): Promise<void> {
    if (this.#begunAt !== undefined) await this.end();
    // One by one: there may be others that the application prepared.
    for (const name of this.#prepared.values()) await this.session.query(`deallocate ${name}`);
    this.#prepared.clear();
  }

  async #explain(text: string): Promise<PlanNode> {
    const { rows } = await this.session.query<Record<string, unknown>>(`explain (format json) ${text}`);
    return readPlan(rows);
  }

  /** As a server plans a named statement from its sixth run on; every version does it this way. */
  async #planGenerically(text: string, parameters: number): Promise<PlanNode> {
    if (!this.#isGeneric) await this.session.query('set local plan_cache_mode = force_generic_plan');
    this.#isGeneric = true;
    if (this.#isStale) await this.session.query('discard plans');
    this.#isStale = false;
    const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
    return await this.#explain(`execute ${await this.#prepare(text)}(${nulls})`);
  }

  async #prepare(text: string): Promise<string> {
    const known = this.#prepared.get(text);
    if (known !== undefined) {
      this.#prepared.delete(text);
      this.#prepared.set(text, known);
      return known;
    }
    const [oldest] = this.#prepared;
    if (oldest && this.#prepared.size >= MAX_PREPARED) {
      this.#prepared.delete(oldest[0]);
      await this.session.query(`deallocate ${oldest[1]}`);
    }
    this.#named += 1;
    const name = `${this.#prefix}${this.#named}`;
    await this.session.query(`prepare ${name} as ${text}`);
    this.#prepared.set(text, name);
    return name;
  }
}
