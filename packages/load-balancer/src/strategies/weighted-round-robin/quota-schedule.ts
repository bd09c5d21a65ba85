/**
 * The order in which to serve `counts[i]` turns each of several parties in a cycle, as evenly as can be: after any
 * number of turns t, from the start of the cycle, party i has had more than t × share − 1 turns and less than
 * t × share + 1. G. Steiner and S. Yeomans, "Level schedules for mixed-model, just-in-time processes", Management
 * Science 39 (1993): such a schedule always exists, and serving whoever may have a turn and whose turn is due first
 * finds it, where the j-th turn may not be before the party would be one ahead, and is due before it is one behind.
 * Time O(cycle × log parties).
 *
 * @param counts positive integers
 * @returns indices of parties
 */
export function quotaSchedule(counts: readonly number[]): Int32Array {
  const cycle = counts.reduce((sum, count) => sum + count, 0);
  const schedule = new Int32Array(cycle);
  const served = new Int32Array(counts.length);
  const due = new Int32Array(counts.length);
  const ideal = new Float64Array(counts.length);
  /* Parties by the time from which they may have their next turn: a list for each time, linked. */
  const waiting = new Int32Array(cycle).fill(-1);
  const nextWaiting = new Int32Array(counts.length).fill(-1);
  const heap = new DeadlineHeap(due, ideal);
  const plan = (party: number, now: number): void => {
    const count = counts[party] as number;
    const turns = served[party] as number;
    if (turns === count) return;
    due[party] = Math.ceil(((turns + 1) * cycle) / count);
    ideal[party] = ((turns + 0.5) * cycle) / count;
    const from = Math.floor((turns * cycle) / count);
    if (from <= now) {
      heap.push(party);
      return;
    }
    nextWaiting[party] = waiting[from] as number;
    waiting[from] = party;
  };
  for (let party = 0; party < counts.length; party++) plan(party, 0);
  for (let time = 0; time < cycle; time++) {
    for (let party = waiting[time] as number; party !== -1; party = nextWaiting[party] as number) {
      heap.push(party);
    }
    const party = heap.pop();
    schedule[time] = party;
    served[party] = (served[party] as number) + 1;
    plan(party, time);
  }
  return schedule;
}

/* Parties, the one that is due first on top; of equals the one whose ideal time is earlier, or its index lower. */
class DeadlineHeap {
  readonly #due: Int32Array;
  readonly #ideal: Float64Array;
  readonly #parties: Int32Array;
  #size = 0;

  constructor(due: Int32Array, ideal: Float64Array) {
    this.#due = due;
    this.#ideal = ideal;
    this.#parties = new Int32Array(due.length);
  }

  push(party: number): void {
    const parties = this.#parties;
    let place = this.#size++;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#isBefore(party, parties[above] as number)) break;
      parties[place] = parties[above] as number;
      place = above;
    }
    parties[place] = party;
  }

  pop(): number {
    const parties = this.#parties;
    const first = parties[0] as number;
    const last = parties[--this.#size] as number;
    let place = 0;
    for (let below = 1; below < this.#size; below = 2 * place + 1) {
      if (below + 1 < this.#size && this.#isBefore(parties[below + 1] as number, parties[below] as number)) {
        below += 1;
      }
      if (!this.#isBefore(parties[below] as number, last)) break;
      parties[place] = parties[below] as number;
      place = below;
    }
    parties[place] = last;
    return first;
  }

  #isBefore(one: number, other: number): boolean {
    const between = (this.#due[one] as number) - (this.#due[other] as number);
    if (between !== 0) return between < 0;
    const earlier = (this.#ideal[one] as number) - (this.#ideal[other] as number);
    return earlier < 0 || (earlier === 0 && one < other);
  }
}
