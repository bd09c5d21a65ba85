import { seededRandom } from '@evenkeel/core';
import type { Fault } from './tcp-proxy.ts';

/** What happens to a process's way to Redis, or to Redis itself, and when. */
export interface PlannedFault {
  readonly atMs: number;
  readonly what:
    | { readonly kind: 'link'; readonly process: number; readonly fault: Fault }
    | { readonly kind: 'kill'; readonly process: number }
    | { readonly kind: 'server'; readonly change: 'freeze' | 'thaw' | 'restart' };
}

/* Long enough for a lease to lapse and for a connection to be given up, at a bound of half a second. */
const LONGEST_FAULT_MS = 1600;

/** The same faults for the same seed: on each link of its own, and now and then on the server. */
export function planFaults(seed: number, processes: number, durationMs: number): PlannedFault[] {
  const random = seededRandom(seed);
  const plan: PlannedFault[] = [];
  for (let process = 0; process < processes; process++) {
    let atMs = random() * 800;
    while (atMs < durationMs) {
      const turn = random();
      const lengthMs = 30 + random() ** 2 * LONGEST_FAULT_MS;
      if (turn < 0.3) {
        plan.push({ atMs, what: { kind: 'kill', process } });
        atMs += 200;
      } else {
        const fault: Fault =
          turn < 0.6
            ? { kind: 'frozen' }
            : turn < 0.75
              ? { kind: 'down' }
              : { kind: 'delay', delayMs: random() * 120 };
        plan.push({ atMs, what: { kind: 'link', process, fault } });
        atMs += lengthMs;
        plan.push({ atMs, what: { kind: 'link', process, fault: { kind: 'none' } } });
        // Now and then what was held back is cut instead of delivered.
        if (random() < 0.3) plan.push({ atMs, what: { kind: 'kill', process } });
      }
      atMs += 100 + random() * 900;
    }
  }
  const turn = random();
  const atMs = random() * durationMs * 0.7;
  if (turn < 0.25) {
    plan.push({ atMs, what: { kind: 'server', change: 'freeze' } });
    plan.push({ atMs: atMs + 50 + random() * 1000, what: { kind: 'server', change: 'thaw' } });
  } else if (turn < 0.4) {
    plan.push({ atMs, what: { kind: 'server', change: 'restart' } });
  }
  return plan.sort((a, b) => a.atMs - b.atMs);
}
