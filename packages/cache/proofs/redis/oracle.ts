/** Times are of the machine's monotonic clock, in ms: processes of one machine share it. */
interface ReadEvent {
  readonly kind: 'read';
  readonly process: number;
  readonly key: string;
  readonly version: number;
  readonly startMs: number;
  readonly endMs: number;
  /** How long its own load took; absent where it did not load. */
  readonly loadMs?: number;
}

/** The source had reached `version`, and then what the cache holds was invalidated. */
interface InvalidationEvent {
  readonly kind: 'invalidation';
  readonly process: number;
  readonly key: string;
  readonly version: number;
  /** When the call returned. */
  readonly endMs: number;
  /** Whether the cache said that it is in force everywhere. */
  readonly acknowledged: boolean;
}

/** A read after the faults are over. */
interface FinalEvent {
  readonly kind: 'final';
  readonly process: number;
  readonly key: string;
  readonly version: number;
}

export type HistoryEvent = ReadEvent | InvalidationEvent | FinalEvent;

export interface Violation {
  readonly rule: 'stale past the bound' | 'own invalidation undone' | 'went back' | 'disagrees at the end';
  readonly key: string;
  readonly process: number;
  readonly version: number;
  /** The least version that the rule asks for. */
  readonly expected: number;
  /** How long after the acknowledgement the read began, in ms; 0 for the last rule. */
  readonly ageMs: number;
}

/** A version that reads have to have reached from a time on. */
interface Mark {
  readonly sinceMs: number;
  readonly version: number;
}

/**
 * Checks all that happened to one key:
 *
 * - a read returns nothing older than what an invalidation acknowledged more than `boundMs` before it began left;
 * - a process never sees anything older than what its own invalidation left, from its return on;
 * - nor anything older than an invalidation that was acknowledged before one of its earlier reads, which saw it;
 * - after the faults all processes see what the source has.
 */
export function check(events: readonly HistoryEvent[], truth: number, boundMs: number): Violation[] {
  const violations: Violation[] = [];
  const invalidations = events
    .filter((event) => event.kind === 'invalidation')
    .sort((a, b) => a.endMs - b.endMs);
  const acknowledged = marksOf(invalidations.filter((event) => event.acknowledged));
  for (const process of new Set(events.map((event) => event.process))) {
    const own = marksOf(invalidations.filter((event) => event.process === process));
    const reads = events.filter((event) => event.kind === 'read' && event.process === process) as ReadEvent[];
    const seen = marksSeen(reads, acknowledged);
    for (const { key, version, startMs } of reads) {
      const rules: readonly (readonly [Violation['rule'], readonly Mark[], untilMs: number])[] = [
        ['stale past the bound', acknowledged, startMs - boundMs],
        ['own invalidation undone', own, startMs],
        ['went back', seen, startMs],
      ];
      for (const [rule, marks, untilMs] of rules) {
        const expected = reached(marks, untilMs);
        if (version >= expected) continue;
        const first = marks.find((mark) => mark.version > version);
        violations.push({
          rule,
          key,
          process,
          version,
          expected,
          ageMs: startMs - (first?.sinceMs ?? startMs),
        });
      }
    }
  }
  for (const event of events) {
    if (event.kind !== 'final' || event.version === truth) continue;
    const { key, process, version } = event;
    violations.push({ rule: 'disagrees at the end', key, process, version, expected: truth, ageMs: 0 });
  }
  return violations;
}

/** The longest time after an acknowledgement at which something older was still read, in ms. */
export function longestStaleness(events: readonly HistoryEvent[]): number {
  const acknowledged = marksOf(
    events
      .filter((event) => event.kind === 'invalidation' && event.acknowledged)
      .map((event) => event as InvalidationEvent)
      .sort((a, b) => a.endMs - b.endMs),
  );
  let longestMs = 0;
  for (const event of events) {
    if (event.kind !== 'read') continue;
    const first = acknowledged.find(({ version }) => version > event.version);
    if (first) longestMs = Math.max(longestMs, event.startMs - first.sinceMs);
  }
  return longestMs;
}

/** By time, with versions that only rise. */
function marksOf(sorted: readonly InvalidationEvent[]): Mark[] {
  const marks: Mark[] = [];
  let highest = 0;
  for (const { version, endMs } of sorted) {
    if (version <= highest) continue;
    highest = version;
    marks.push({ sinceMs: endMs, version });
  }
  return marks;
}

/** What a process has seen to be in force: from the end of each read on, by time. */
function marksSeen(reads: readonly ReadEvent[], acknowledged: readonly Mark[]): Mark[] {
  const marks: Mark[] = [];
  let highest = 0;
  for (const { version, startMs, endMs } of [...reads].sort((a, b) => a.endMs - b.endMs)) {
    const inForce = Math.min(version, reached(acknowledged, startMs));
    if (inForce <= highest) continue;
    highest = inForce;
    marks.push({ sinceMs: endMs, version: inForce });
  }
  return marks;
}

/** The version that had to be reached at `ms`. Marks that begin at that very time are not in force yet. */
function reached(marks: readonly Mark[], ms: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.sinceMs ?? Infinity) < ms) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1]?.version ?? 0;
}
