import { ResourceAllocationManager } from '@evenkeel/allocator';
import { VirtualClock } from '@evenkeel/core';

const HOUR_MS = 3_600_000;
const COMPONENTS = 6;

/* A component that relapses in the minute after it was restored waits twice as long before the next time, up to five
   minutes; one that does not has run for that minute. Each time changes its state by way of being reduced, four
   times at most. */
export const MOST_CHANGES_PER_HOUR = 4 * 60;

export interface PeriodResult {
  readonly periodMs: number;
  readonly canReduce: boolean;
  /** Of the component whose state changed most. */
  readonly changesPerHour: number;
}

/** A load that comes and goes with a period, such that it meets components as soon as they are restored. */
export async function playPeriod(periodMs: number, canReduce: boolean): Promise<PeriodResult> {
  const clock = new VirtualClock();
  const changes = new Map<string, number>();
  const shares = new Map<string, number>();
  const read = () => {
    const background = [...shares.values()].reduce((sum, share) => sum + 0.05 * share, 0);
    const burst = clock.monotonic() % periodMs < periodMs / 2 ? 0.6 : 0;
    return { utilization: 0.5 + burst + background, evidence: {} };
  };
  const manager = new ResourceAllocationManager({ clock, sensors: [{ resource: 'cpu', read }] });
  const kinds = new Map<string, string>();
  const count = (id: string, kind: string): void => {
    if (kinds.get(id) !== kind) changes.set(id, (changes.get(id) ?? 0) + 1);
    kinds.set(id, kind);
  };
  manager.on('resource-manager:component-paused', ({ id }) => count(id, 'paused'));
  manager.on('resource-manager:component-reduced', ({ id }) => count(id, 'reduced'));
  manager.on('resource-manager:component-resumed', ({ id }) => count(id, 'running'));
  for (let index = 0; index < COMPONENTS; index++) {
    const id = `c${index}`;
    const set = (share: number): void => void shares.set(id, share);
    set(1);
    manager.registerComponent(id, {
      pauseCallback: () => set(0),
      resumeCallback: () => set(1),
      reduceResourcesCallback: canReduce ? ({ share }) => set(share) : undefined,
    });
  }
  manager.start();
  const HOURS = 2;
  await clock.advanceAsync(HOURS * HOUR_MS);
  await manager.stop();
  return { periodMs, canReduce, changesPerHour: Math.max(0, ...changes.values()) / HOURS };
}

/** From one second to twenty minutes. */
export const PERIODS_MS = [1, 2, 4, 7, 12, 20, 30, 45, 65, 90, 125, 180, 300, 600, 1200].map(
  (seconds) => 1000 * seconds,
);
