import type { Parcel } from './parcel.ts';
import { rankOf } from './severity-rank.ts';
import type { Thread } from './thread.ts';

/** What could go next, as soon as it is due. */
interface Candidate {
  readonly item: Parcel | Thread;
  readonly rank: number;
  readonly dueMs: number;
}

/** The first of each lane that is not on its way. */
export function candidatesOf(
  parcels: Iterable<Parcel>,
  threads: Iterable<Thread>,
  dueMsOf: (thread: Thread) => number,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  const busy = new Set<string>();
  for (const parcel of parcels) {
    const { lane, isInFlight, dueMs, message } = parcel;
    if (!isInFlight && (lane === undefined || !busy.has(lane)))
      candidates.push({ item: parcel, rank: rankOf(message.severity), dueMs });
    if (lane !== undefined) busy.add(lane);
  }
  for (const thread of threads) {
    if (!busy.has(thread.lane))
      candidates.push({ item: thread, rank: thread.gravest, dueMs: dueMsOf(thread) });
  }
  return candidates;
}

/** Of those that are due the gravest, of these what has waited longest. */
export function bestOf(candidates: readonly Candidate[], nowMs: number): Parcel | Thread | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.dueMs > nowMs) continue;
    const isGraver = !best || candidate.rank > best.rank;
    if (isGraver || (candidate.rank === best?.rank && candidate.dueMs < best.dueMs)) best = candidate;
  }
  return best?.item;
}
