import { LinkedKeys } from './linked-keys.mjs';

const RECENT = 0;
const FREQUENT = 1;
const RECENT_GHOSTS = 2;
const FREQUENT_GHOSTS = 3;

/** N. Megiddo and D. S. Modha, "ARC: A Self-Tuning, Low Overhead Replacement Cache", FAST 2003, figure 4. */
export function arc({ keys, unique }, capacity) {
  const lists = new LinkedKeys(unique, 4);
  const { sizes } = lists;
  let target = 0;
  let hits = 0;
  const replace = (fromFrequentGhosts) => {
    const takeRecent =
      sizes[RECENT] >= 1 && ((fromFrequentGhosts && sizes[RECENT] === target) || sizes[RECENT] > target);
    if (takeRecent) lists.move(RECENT_GHOSTS, lists.oldest(RECENT));
    else lists.move(FREQUENT_GHOSTS, lists.oldest(FREQUENT));
  };
  for (const key of keys) {
    switch (lists.listOf[key]) {
      case RECENT:
      case FREQUENT:
        hits += 1;
        lists.move(FREQUENT, key);
        break;
      case RECENT_GHOSTS:
        target = Math.min(
          capacity,
          target + Math.max(Math.floor(sizes[FREQUENT_GHOSTS] / sizes[RECENT_GHOSTS]), 1),
        );
        replace(false);
        lists.move(FREQUENT, key);
        break;
      case FREQUENT_GHOSTS:
        target = Math.max(0, target - Math.max(Math.floor(sizes[RECENT_GHOSTS] / sizes[FREQUENT_GHOSTS]), 1));
        replace(true);
        lists.move(FREQUENT, key);
        break;
      default: {
        const recent = sizes[RECENT] + sizes[RECENT_GHOSTS];
        const all = recent + sizes[FREQUENT] + sizes[FREQUENT_GHOSTS];
        if (recent === capacity) {
          if (sizes[RECENT] < capacity) {
            lists.take(lists.oldest(RECENT_GHOSTS));
            replace(false);
          } else lists.take(lists.oldest(RECENT));
        } else if (recent < capacity && all >= capacity) {
          if (all === 2 * capacity) lists.take(lists.oldest(FREQUENT_GHOSTS));
          replace(false);
        }
        lists.append(RECENT, key);
      }
    }
  }
  return hits;
}
