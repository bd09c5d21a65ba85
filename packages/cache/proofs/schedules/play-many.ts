import type { Fault } from './model.ts';
import { type Plan, planSchedule } from './plan.ts';
import { play, type Violation } from './schedule.ts';
import type { Subject } from './subject.ts';

/** What was found wrong in a range of schedules. */
export interface Findings {
  schedules: number;
  steps: number;
  /** Schedules with at least one violation. */
  failed: number;
  /** How many schedules had a violation of each kind, and the seed of the first. */
  readonly faults: Map<Fault, { count: number; firstSeed: number }>;
}

export function noFindings(): Findings {
  return { schedules: 0, steps: 0, failed: 0, faults: new Map() };
}

/** Plays the schedules of seeds from `first` on. */
export async function playMany(subject: Subject, first: number, count: number): Promise<Findings> {
  const findings = noFindings();
  for (let seed = first; seed < first + count; seed++) {
    const plan = planSchedule(seed, subject.abilities);
    note(findings, plan, await play(plan, subject));
  }
  return findings;
}

export function addFindings(to: Findings, from: Findings): void {
  to.schedules += from.schedules;
  to.steps += from.steps;
  to.failed += from.failed;
  for (const [fault, { count, firstSeed }] of from.faults) {
    const known = to.faults.get(fault);
    to.faults.set(fault, {
      count: (known?.count ?? 0) + count,
      firstSeed: Math.min(known?.firstSeed ?? Infinity, firstSeed),
    });
  }
}

/** The shortest plan found that still shows the fault: its steps up to that, and of those only what is needed. */
export async function shrink(plan: Plan, subject: Subject, fault: Fault): Promise<Plan> {
  const shows = async (steps: Plan['steps']) =>
    (await play({ ...plan, steps }, subject)).find((violation) => violation.fault === fault);
  let { steps } = plan;
  const seen = await shows(steps);
  if (seen === undefined) return plan;
  const prefix = steps.slice(0, seen.step);
  if (await shows(prefix)) steps = prefix;
  for (let at = steps.length - 1; at >= 0; at--) {
    const without = steps.toSpliced(at, 1);
    if (await shows(without)) steps = without;
  }
  return { ...plan, steps };
}

function note(findings: Findings, { seed, steps }: Plan, violations: readonly Violation[]): void {
  findings.schedules++;
  findings.steps += steps.length;
  if (violations.length > 0) findings.failed++;
  for (const fault of new Set(violations.map((violation) => violation.fault))) {
    const known = findings.faults.get(fault);
    if (known) known.count++;
    else findings.faults.set(fault, { count: 1, firstSeed: seed });
  }
}
