import {
  type Configuration,
  configure,
  fits,
  mayGain,
  mostToGain,
  reconfigure,
  type SelectionProblem,
} from './configuration.ts';
import { contains, EMPTY, type IndexSet, withIndex } from './index-set.ts';

interface Gain {
  readonly after: Configuration;
  readonly gain: number;
  /** Of the configuration it was found for. */
  readonly version: number;
}

interface Ascent {
  readonly positions: readonly number[];
  readonly sizeOf: (position: number) => number;
  readonly gains: Map<number, Gain>;
  readonly version: number;
}

/**
 * Takes the index that saves most for its size, again and again, for as long as one fits and is worth having. (Greedy
 * selection: Chaudhuri and Narasayya, VLDB 1997.) What an index saved before is taken for the most it can save.
 *
 * @param positions the candidates to choose from
 * @param start what is taken already @defaultValue nothing
 * @param sizeMatters the exponent of the size: 1 for what is saved per byte, less to favour what saves more
 */
export async function ascend(
  problem: SelectionProblem,
  positions: readonly number[],
  sizeMatters: number,
  start: IndexSet = EMPTY,
): Promise<Configuration> {
  const gains = new Map<number, Gain>();
  const sizeOf = (position: number): number => problem.pool.at(position).bytes ** sizeMatters;
  let current = await configure(problem, start);
  for (let version = 0; ; version++) {
    const best = await mostValuable(problem, current, { positions, sizeOf, gains, version });
    if (!best) return current;
    current = best.after;
  }
}

async function mostValuable(
  problem: SelectionProblem,
  current: Configuration,
  { positions, sizeOf, gains, version }: Ascent,
): Promise<Gain | undefined> {
  const { pool, minSaving, storageBudget } = problem;
  let open = positions.filter((position) => {
    if (contains(current.active, position)) return false;
    return current.bytes + pool.at(position).bytes <= storageBudget;
  });
  const gainOf = (position: number): number =>
    gains.get(position)?.gain ?? mostToGain(problem, current, position);
  const rates = new Map(open.map((position) => [position, gainOf(position) / sizeOf(position)]));
  const rateOf = (position: number): number => rates.get(position) ?? 0;
  for (;;) {
    let best: number | undefined;
    for (const position of open) {
      if (best === undefined || rateOf(position) > rateOf(best)) best = position;
    }
    if (best === undefined) return undefined;
    const known = gains.get(best);
    if (known?.version === version) {
      if (known.gain > minSaving * current.cost && fits(problem, known.after)) return known;
      const futile = best;
      open = open.filter((position) => position !== futile);
      continue;
    }
    const after = await reconfigure(
      problem,
      current,
      withIndex(current.active, best),
      mayGain(problem, current, best),
    );
    const gain = current.cost - after.cost;
    gains.set(best, { after, gain, version });
    rates.set(best, gain / sizeOf(best));
  }
}
