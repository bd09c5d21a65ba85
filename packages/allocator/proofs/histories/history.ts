import { RESOURCE_MODES, ResourceAllocationManager } from '@evenkeel/allocator';
import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { Checks, type Violation } from './checks.ts';
import { type Load, randomLoad } from './load.ts';
import { Subject } from './subject.ts';

const RESOURCES = ['cpu', 'memory'] as const;
const MOST_COMPONENTS = 8;

/* How long a history is, and then what it ends with: steady pressure every other time, and none. */
const ACTIVE_MS = 120_000;
const SQUEEZED_MS = 240_000;
const RESTORED_MS = 900_000;
const STEP_MS = 500;

/* By then every call that ever comes back has: components have timers of their own. */
const CALLS_BACK_MS = 30_000;

/* What all components together may use in the end: else they would be the pressure. */
const MOST_USED_AT_REST = 0.4;

/* Awaits between a timer and all that it leads to. */
const TURNS = 12;

/** Plays one random history to its end, and tells what went wrong in it. */
export async function playHistory(seed: number): Promise<Violation[]> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const subjects = new Map<string, Subject>();
  let weight = 1;
  let loads: ReadonlyMap<string, Load> = new Map(RESOURCES.map((each) => [each, randomLoad(random)]));
  const sensors = RESOURCES.map((resource) => ({
    resource,
    read: () => {
      let utilization = loads.get(resource)?.(clock.monotonic()) ?? 0;
      for (const subject of subjects.values()) utilization += weight * subject.costOf(resource);
      return { utilization, evidence: {} };
    },
  }));
  const manager = new ResourceAllocationManager({ clock, sensors });
  const checks = new Checks(manager, subjects, clock);
  const elapse = async (ms: number, until = () => false): Promise<void> => {
    for (let passed = 0; passed < ms && !until(); passed += STEP_MS) {
      clock.advance(STEP_MS);
      for (let turn = 0; turn < TURNS; turn++) await undefined;
      checks.look();
    }
  };
  let made = 0;
  const register = (): void => {
    if (subjects.size >= MOST_COMPONENTS) return;
    const subject = new Subject(`c${made++}`, clock, random);
    subjects.set(subject.id, subject);
    manager.registerComponent(subject.id, subject.options());
  };
  const any = (): Subject | undefined => [...subjects.values()][Math.floor(random() * subjects.size)];
  const acts: readonly (() => void)[] = [
    register,
    register,
    () => {
      const subject = any();
      if (!subject) return;
      subjects.delete(subject.id);
      manager.unregisterComponent(subject.id);
    },
    () => manager.setResourceMode(RESOURCE_MODES[Math.floor(random() * 3)] ?? 'balanced'),
    () => {
      const subject = any();
      if (subject) checks.pause(subject, random() < 0.3);
    },
    () => {
      const subject = any();
      if (subject) checks.resume(subject);
    },
    () => {
      loads = new Map(RESOURCES.map((each) => [each, randomLoad(random)]));
    },
  ];

  while (subjects.size < 3) register();
  manager.start();
  for (let elapsedMs = 0; elapsedMs < ACTIVE_MS; ) {
    const pauseMs = 15_000 * random();
    await elapse(pauseMs);
    elapsedMs += pauseMs;
    acts[Math.floor(random() * acts.length)]?.();
  }
  for (const subject of subjects.values()) subject.isMended = true;
  if (random() < 0.5) {
    loads = new Map([['cpu', () => 1.5]]);
    await elapse(SQUEEZED_MS);
    checks.allGaveWay();
  }
  loads = new Map();
  weight = MOST_USED_AT_REST / MOST_COMPONENTS;
  await elapse(RESTORED_MS, () => checks.isRestored());
  checks.allRestored();
  await Promise.all([manager.stop(), elapse(CALLS_BACK_MS)]);
  checks.end();
  return checks.violations;
}
