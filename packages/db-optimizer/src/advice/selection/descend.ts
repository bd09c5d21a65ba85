import { type Configuration, fits, reconfigure, type SelectionProblem } from './configuration.ts';
import type { PlanEntry } from './cost-book.ts';
import { EMPTY, membersOf, setOf, without } from './index-set.ts';

/** Why an index was given up. */
export interface GivenUp {
  readonly position: number;
  /** What all costs grew by, in planner units; negative where its upkeep cost more than it saved. */
  readonly loss: number;
  readonly because: 'storage' | 'small saving' | 'merged';
}

/** Giving up one index, or two for one that stands in for both. */
interface Step {
  readonly removed: readonly number[];
  readonly added: number | undefined;
}

type Price = Pick<Outcome, 'loss' | 'freedBytes'>;

interface Outcome {
  readonly after: Configuration;
  readonly loss: number;
  readonly freedBytes: number;
  /** Of the configuration it was found for. */
  readonly version: number;
}

/* Candidates that are as good and as large as one another are seldom more. */
const MOST_INSTEAD = 8;

/**
 * Gives up indexes, what costs least for the storage it frees first, until those left fit and each is worth having.
 * Each query then uses the next best that is still allowed, so that a wide index gives way to a narrow one, or to
 * one that others use too; and two indexes that begin alike may become one. (Backward elimination: Whang, "Index
 * selection in relational databases", 1987.)
 *
 * Losses grow as alternatives vanish, so what was found before is taken for a lower bound: only the most promising
 * step is looked at anew.
 */
export async function descend(
  problem: SelectionProblem,
  start: Configuration,
  onGivenUp: (given: GivenUp) => void,
): Promise<Configuration> {
  const outcomes = new Map<string, Outcome>();
  let current = start;
  for (let version = 0; ; version++) {
    const mustShrink = !fits(problem, current);
    const best = await cheapest(problem, current, outcomes, version, mustShrink);
    if (!best) return current;
    const { step, outcome } = best;
    if (!mustShrink && outcome.loss > problem.minSaving * current.cost) return current;
    const because = step.added !== undefined ? 'merged' : mustShrink ? 'storage' : 'small saving';
    for (const position of step.removed) onGivenUp({ position, loss: outcome.loss, because });
    outcomes.delete(keyOf(step));
    current = outcome.after;
  }
}

async function cheapest(
  problem: SelectionProblem,
  current: Configuration,
  outcomes: Map<string, Outcome>,
  version: number,
  mustShrink: boolean,
): Promise<{ step: Step; outcome: Outcome } | undefined> {
  const steps = stepsFrom(problem, current, mustShrink);
  const excess = mustShrink ? Math.max(1, current.bytes - problem.storageBudget) : 0;
  const guesses = guessLosses(problem, current);
  for (;;) {
    let best: Step | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const step of steps) {
      const known = outcomes.get(keyOf(step)) ?? guess(problem, step, guesses);
      const price = priceOf(known, excess);
      if (best && price >= least) continue;
      best = step;
      least = price;
    }
    if (!best) return undefined;
    const known = outcomes.get(keyOf(best));
    if (known?.version === version) return { step: best, outcome: known };
    outcomes.set(keyOf(best), await take(problem, current, best, version, mustShrink));
  }
}

/** What a step costs: for each byte it frees of those that are too many, where storage is what matters. */
function priceOf({ loss, freedBytes }: Price, excess: number): number {
  if (excess === 0 || loss <= 0) return loss;
  return freedBytes > 0 ? loss / Math.min(freedBytes, excess) : Number.MAX_VALUE;
}

/* Of what a query saves by its indexes, as much is lost without one of them, rather less: others take its place. */
const LOST_SHARE = 0.1;

/** What is lost without each index, guessed so low that what may be cheap is looked at. */
function guessLosses(
  { weights, book }: SelectionProblem,
  { plans }: Configuration,
): ReadonlyMap<number, number> {
  const losses = new Map<number, number>();
  for (const [query, { used, cost }] of plans.entries()) {
    const saved = (weights[query] ?? 0) * (book.bareCost(query) - cost);
    const members = membersOf(used);
    for (const position of members) {
      const loss = (LOST_SHARE * saved) / members.length;
      losses.set(position, (losses.get(position) ?? 0) + loss);
    }
  }
  return losses;
}

function guess(
  { pool }: SelectionProblem,
  { removed, added }: Step,
  losses: ReadonlyMap<number, number>,
): Price {
  const bytes = pool.bytesOf(removed);
  const each = removed.map((position) => (losses.get(position) ?? 0) - pool.at(position).writeCost);
  if (added === undefined) return { loss: Math.min(...each), freedBytes: bytes };
  return { loss: LOST_SHARE * Math.min(...each), freedBytes: bytes - pool.at(added).bytes };
}

function stepsFrom({ pool }: SelectionProblem, { active }: Configuration, mustShrink: boolean): Step[] {
  const members = membersOf(active);
  const steps: Step[] = members.map((position) => ({ removed: [position], added: undefined }));
  if (!mustShrink) return steps;
  for (const [place, first] of members.entries()) {
    for (const second of members.slice(place + 1)) {
      for (const added of pool.merge(first, second)) {
        const saves = pool.at(added).bytes < pool.bytesOf([first, second]);
        if (saves) steps.push({ removed: [first, second], added });
      }
    }
  }
  return steps;
}

async function take(
  problem: SelectionProblem,
  current: Configuration,
  step: Step,
  version: number,
  mustShrink: boolean,
): Promise<Outcome> {
  const { relevance } = problem;
  let removed = setOf(step.removed);
  let added = EMPTY;
  if (step.added !== undefined) {
    relevance.inherit(step.added, removed);
    added = setOf([step.added]);
  }
  const isAffected = ({ used }: PlanEntry): boolean => (used & removed) !== EMPTY;
  for (let again = 0; ; again++) {
    const after = await reconfigure(problem, current, without(current.allowed, removed) | added, isAffected);
    const freedBytes = current.bytes - after.bytes;
    // What takes its place, and is as large, frees nothing: then that is given up too.
    const instead = without(after.active, current.active | added);
    if (!mustShrink || freedBytes > 0 || instead === EMPTY || again >= MOST_INSTEAD) {
      return { after, loss: after.cost - current.cost, freedBytes, version };
    }
    removed |= instead;
  }
}

function keyOf({ removed, added }: Step): string {
  return `${removed.join(' ')} ${added ?? ''}`;
}
