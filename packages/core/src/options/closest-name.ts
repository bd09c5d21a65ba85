/* Typos are one or two keys wide; a longer distance suggests nonsense, and so do names of one or two letters. */
const MAX_DISTANCE = 2;
const MIN_LENGTH = 3;

/* No option is called by more; comparing costs length times length. */
const MAX_LENGTH = 64;

/** The name that `given` was probably meant to be: no more than two edits away, letter case not counted. */
export function closestName(given: string, names: readonly string[]): string | undefined {
  if (given.length < MIN_LENGTH || given.length > MAX_LENGTH) return undefined;
  let closest: string | undefined;
  let least = MAX_DISTANCE + 1;
  for (const name of names) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase());
    // Two edits turn any short name into any other.
    if (distance < least && distance < name.length / 2) {
      closest = name;
      least = distance;
    }
  }
  return closest;
}

/** Levenshtein distance, one row of the table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
