import {
  type Configuration,
  configure,
  mayGain,
  mostToGain,
  reconfigure,
  type SelectionProblem,
} from './configuration.ts';
import { descend } from './descend.ts';
import { contains, withIndex } from './index-set.ts';

/* Each round adds or replaces one index; more have never been of use. */
const MAX_ROUNDS = 40;
/* Tried in each round, the most promising first. */
const TRIED_PER_ROUND = 12;

/**
 * Adds an index, and gives others up for it where there is no room, for as long as that lowers the cost: local search
 * over additions and swaps.
 */
export async function improve(problem: SelectionProblem, start: Configuration): Promise<Configuration> {
  const futile = new Set<number>();
  let current = await configure(problem, start.active);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const better = await tryAdditions(problem, current, futile);
    if (!better) return current;
    current = better;
  }
  return current;
}

async function tryAdditions(
  problem: SelectionProblem,
  current: Configuration,
  futile: Set<number>,
): Promise<Configuration | undefined> {
  const promising = promisingAdditions(problem, current).filter((position) => !futile.has(position));
  for (const position of promising.slice(0, TRIED_PER_ROUND)) {
    const allowed = withIndex(current.active, position);
    const larger = await reconfigure(problem, current, allowed, mayGain(problem, current, position));
    if (contains(larger.active, position)) {
      const better = await descend(problem, larger, () => {});
      if (current.cost - better.cost > problem.minSaving * current.cost) return better;
    }
    // Looked at once: what was of no use beside the others seldom is beside one of them less.
    futile.add(position);
  }
  return undefined;
}

/** Those not in use, by the most that each could save for its size. */
function promisingAdditions(problem: SelectionProblem, current: Configuration): number[] {
  const { pool, minSaving, storageBudget } = problem;
  const rated: { position: number; rate: number }[] = [];
  for (const [position, { bytes }] of pool.indexes.entries()) {
    if (contains(current.active, position) || bytes > storageBudget) continue;
    const saving = mostToGain(problem, current, position);
    if (saving > minSaving * current.cost) rated.push({ position, rate: saving / bytes });
  }
  return rated.sort((a, b) => b.rate - a.rate).map(({ position }) => position);
}
