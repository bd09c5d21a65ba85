import { ResourceAllocationManager } from '@evenkeel/allocator';
import { type Clock, type Meter, noopMeter, VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { COMPONENTS } from './chaos.ts';

const RESOURCES = ['cpu', 'memory', 'eventLoop', 'databasePool'];

/* Other processes interfere: each decision is made so often, and the fastest counts. */
const RUNS = 5;

/** Real times from the readings to the decision, about 200 components, in ms, ascending. */
export async function timeDecisions(seed: number, ticks: number): Promise<number[]> {
  const runs: number[][] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await timeOnce(seed, ticks));
  const [first = []] = runs;
  return first
    .map((_, tick) => Math.min(...runs.map((times) => times[tick] ?? Number.POSITIVE_INFINITY)))
    .sort((a, b) => a - b);
}

async function timeOnce(seed: number, ticks: number): Promise<number[]> {
  const random = seededRandom(seed);
  const virtual = new VirtualClock();
  let begun = performance.now();
  // Virtual time that goes on in real time while a tick is at work, so that the manager measures it.
  const clock: Clock = {
    now: () => virtual.now(),
    monotonic: () => virtual.monotonic() + (performance.now() - begun),
    setTimeout: (callback, delayMs) => virtual.setTimeout(callback, delayMs),
    setInterval: (callback, periodMs) => virtual.setInterval(callback, periodMs),
  };
  // Levels that cross all thresholds, each resource in its own order.
  const sensors = RESOURCES.map((resource) => ({
    resource,
    read: () => ({ utilization: 1.3 * random(), evidence: {} }),
  }));
  const steady = new Map<string, number>();
  const walking = RESOURCES.map((resource) => ({
    resource,
    read: () => {
      const before = steady.get(resource) ?? 0.5;
      const next = Math.min(1.3, Math.max(0, before + 0.3 * (random() - 0.5)));
      steady.set(resource, next);
      return { utilization: next, evidence: {} };
    },
  }));
  const times: number[] = [];
  const timed = {
    ...noopMeter.histogram('seconds'),
    observe: (seconds: number) => void times.push(1000 * seconds),
  };
  const meter: Meter = { ...noopMeter, histogram: () => timed };
  for (const each of [sensors, walking]) {
    const manager = new ResourceAllocationManager({ clock, sensors: each, meter });
    for (let index = 0; index < COMPONENTS; index++) {
      manager.registerComponent(`c${index}`, {
        cpuPriority: (['low', 'medium', 'high'] as const)[index % 3],
        memoryFootprint: (['large', 'medium', 'small'] as const)[(index % 7) % 3],
        pauseCallback: () => {},
        resumeCallback: () => {},
        reduceResourcesCallback: index % 2 === 0 ? () => {} : undefined,
      });
    }
    manager.start();
    for (let tick = 0; tick < ticks / 2; tick++) {
      begun = performance.now();
      virtual.advance(500);
      begun = performance.now();
      // What the step has led to.
      await virtual.advanceAsync(0);
    }
    await manager.stop();
  }
  return times;
}
