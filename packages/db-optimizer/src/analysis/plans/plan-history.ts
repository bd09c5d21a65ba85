import { option, readOptions } from '@evenkeel/core';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { Plan } from './plan.ts';
import { planFingerprint, planShape } from './plan-fingerprint.ts';

/** A look at how a query is planned. */
export interface PlanObservation {
  /** The statement's id. Different texts, or one with other values, are other queries: their plans may well differ. */
  readonly query: string;
  /** Of the statement, for people to know it by. */
  readonly text?: string;
  readonly plan: Plan;
  /** Epoch ms. */
  readonly at: number;
  /** Calls of the query so far and the ms they took together, counted up; without them only costs are compared. */
  readonly calls?: number;
  readonly totalMs?: number;
  /** See {@link planFingerprint}. */
  readonly catalogue?: Catalogue;
}

/** A plan that a query had, or has. */
export interface SeenPlan {
  readonly fingerprint: string;
  /** As text, at most 2,000 characters. */
  readonly shape: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** The planner's total cost when it was seen last. */
  readonly cost: number;
  /** Calls that ran while it was seen at the beginning and at the end, and their mean time. */
  readonly calls: number;
  readonly meanMs: number | undefined;
}

/** A query is planned in another way than it was. */
export interface PlanChange {
  readonly query: string;
  /** Of the statement, where it was told; at most 2,000 characters. */
  readonly text: string | undefined;
  /** Epoch ms of the first look that showed it. */
  readonly at: number;
  readonly before: SeenPlan;
  /** As it is by now, its time included. */
  readonly after: SeenPlan;
  /** Whether the query had this plan before: it goes back and forth. */
  readonly isReturn: boolean;
}

/** Options of {@link PlanHistory}. */
export interface PlanHistoryOptions {
  /** Queries whose plans are kept; the one that was looked at longest ago goes first. @defaultValue 1000 */
  readonly maxQueries?: number;
  /** Plans kept of each query; the one seen longest ago goes first. @defaultValue 8 */
  readonly maxPlans?: number;
  /** Changes kept; the oldest goes first. @defaultValue 100 */
  readonly maxChanges?: number;
}

interface Entry {
  readonly fingerprint: string;
  readonly shape: string;
  readonly firstSeen: number;
  lastSeen: number;
  cost: number;
  calls: number;
  totalMs: number;
}

interface QueryPlans {
  current: Entry;
  readonly entries: Map<string, Entry>;
  calls: number | undefined;
  totalMs: number | undefined;
}

/* Shapes and statements are for people to read; a plan over a thousand tables is no easier to read whole. */
const MAX_TEXT = 2000;

/** The plans that queries had over time, and when they changed. */
export class PlanHistory {
  readonly #options: Required<PlanHistoryOptions>;
  readonly #queries = new Map<string, QueryPlans>();
  readonly #changes: (Omit<PlanChange, 'after'> & { readonly after: Entry })[] = [];
  #forgotten = 0;

  /** @throws ConfigurationError */
  constructor(options?: PlanHistoryOptions) {
    this.#options = readOptions<Required<PlanHistoryOptions>>('PlanHistory', options, {
      maxQueries: option.integer({ min: 1 }).default(1000),
      maxPlans: option.integer({ min: 2 }).default(8),
      maxChanges: option.integer({ min: 1 }).default(100),
    });
  }

  /** Queries, plans and changes that were given up for want of room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Takes a look at a plan in; gives the change where it is another than at the last look. */
  record({ query, text, plan, at, calls, totalMs, catalogue }: PlanObservation): PlanChange | undefined {
    const fingerprint = planFingerprint(plan, catalogue);
    const known = this.#queries.get(query);
    const entry = known?.entries.get(fingerprint) ?? {
      fingerprint,
      shape: planShape(plan, catalogue).slice(0, MAX_TEXT),
      firstSeen: at,
      lastSeen: at,
      cost: 0,
      calls: 0,
      totalMs: 0,
    };
    entry.lastSeen = at;
    entry.cost = plan.root.cost.total;
    if (!known) {
      this.#queries.set(query, { current: entry, entries: new Map([[fingerprint, entry]]), calls, totalMs });
      this.#forgetOldest(this.#queries, this.#options.maxQueries);
      return undefined;
    }
    // When in between it changed is not known: what ran in that time is counted for neither plan.
    if (known.current === entry) addRuns(entry, known, calls, totalMs);
    const before = known.current;
    const isReturn = known.entries.has(fingerprint);
    Object.assign(known, { current: entry, calls, totalMs });
    // Last looked at, last in the map: the first is the one to forget.
    this.#queries.delete(query);
    this.#queries.set(query, known);
    known.entries.delete(fingerprint);
    known.entries.set(fingerprint, entry);
    this.#forgetOldest(known.entries, this.#options.maxPlans);
    if (before === entry) return undefined;
    const change = {
      query,
      text: text?.slice(0, MAX_TEXT),
      at,
      before: seen(before),
      after: entry,
      isReturn,
    };
    this.#changes.push(change);
    if (this.#changes.length > this.#options.maxChanges) {
      this.#changes.shift();
      this.#forgotten += 1;
    }
    return { ...change, after: seen(entry) };
  }

  /** The plan a query had at the last look. */
  current(query: string): SeenPlan | undefined {
    const known = this.#queries.get(query);
    return known && seen(known.current);
  }

  /** The plans of a query, the one seen last at the end. */
  plans(query: string): SeenPlan[] {
    return [...(this.#queries.get(query)?.entries.values() ?? [])].map(seen);
  }

  /** Oldest first. */
  changes(): PlanChange[] {
    return this.#changes.map((change) => ({ ...change, after: seen(change.after) }));
  }

  #forgetOldest(map: Map<string, unknown>, limit: number): void {
    for (const key of map.keys()) {
      if (map.size <= limit) return;
      map.delete(key);
      this.#forgotten += 1;
    }
  }
}

/** Counts that fell were reset, and say nothing of the time between. */
function addRuns(entry: Entry, last: QueryPlans, calls?: number, totalMs?: number): void {
  if (calls === undefined || totalMs === undefined) return;
  if (last.calls === undefined || last.totalMs === undefined) return;
  if (calls <= last.calls || totalMs < last.totalMs) return;
  entry.calls += calls - last.calls;
  entry.totalMs += totalMs - last.totalMs;
}

function seen({ totalMs, ...entry }: Entry): SeenPlan {
  return { ...entry, meanMs: entry.calls === 0 ? undefined : totalMs / entry.calls };
}
