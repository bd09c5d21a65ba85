/** A set of candidates by their positions, a bit each: unions and subsets of hundreds are single operations. */
export type IndexSet = bigint;

export const EMPTY: IndexSet = 0n;

export function setOf(positions: Iterable<number>): IndexSet {
  let set = EMPTY;
  for (const position of positions) set |= 1n << BigInt(position);
  return set;
}

export function contains(set: IndexSet, position: number): boolean {
  return ((set >> BigInt(position)) & 1n) === 1n;
}

export function withIndex(set: IndexSet, position: number): IndexSet {
  return set | (1n << BigInt(position));
}

export function without(set: IndexSet, removed: IndexSet): IndexSet {
  return set & ~removed;
}

export function isSubset(inner: IndexSet, outer: IndexSet): boolean {
  return (inner & ~outer) === EMPTY;
}

/** Positions, ascending. */
export function membersOf(set: IndexSet): number[] {
  const members: number[] = [];
  let rest = set;
  for (let position = 0; rest !== EMPTY; position++, rest >>= 1n) {
    if ((rest & 1n) === 1n) members.push(position);
  }
  return members;
}
