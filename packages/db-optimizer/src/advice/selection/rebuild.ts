import { seededRandom } from '@evenkeel/core/statistics';
import { ascend } from './ascend.ts';
import type { Configuration, SelectionProblem } from './configuration.ts';
import { descend } from './descend.ts';
import { membersOf, setOf } from './index-set.ts';

/* The same advice for the same workload. */
const SEED = 1;
/* So many rebuildings in a row that bring nothing are the end. */
const MAX_FUTILE = 18;
const MAX_ROUNDS = 80;
/* Of the indexes, as many are taken out in turn, and their size matters as much to what takes their place. */
const TAKEN_OUT = [0.2, 0.4, 0.7];
const SIZE_MATTERS = [1, 0.5, 0.75, 1.25];

/**
 * Takes a part of the indexes out at random and fills the room anew, for as long as that helps now and then. (Large
 * neighbourhood search: Shaw, CP 1998.)
 */
export async function rebuild(
  problem: SelectionProblem,
  start: Configuration,
  mayGoOn: () => boolean,
): Promise<Configuration> {
  const random = seededRandom(SEED);
  let best = start;
  for (let round = 0, futile = 0; round < MAX_ROUNDS && futile < MAX_FUTILE && mayGoOn(); round++) {
    const takenOut = TAKEN_OUT[round % TAKEN_OUT.length] ?? 0;
    const kept = setOf(membersOf(best.active).filter(() => random() >= takenOut));
    const used = membersOf(problem.book.everUsed);
    const filled = await ascend(problem, used, SIZE_MATTERS[round % SIZE_MATTERS.length] ?? 1, kept);
    const rebuilt = await descend(problem, filled, () => {});
    const isBetter = rebuilt.cost < best.cost;
    futile = isBetter ? 0 : futile + 1;
    if (isBetter) best = rebuilt;
  }
  return best;
}
