import { type ComponentOptions, ResourceAllocationManager } from '@evenkeel/allocator';
import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';

export const COMPONENTS = 200;
const HOSTILE = 0.3;
const INTERVAL_MS = 500;

/* Pressure comes and goes a few times; then it stays away. */
const WAVES = 4;
const WAVE_MS = 120_000;

export interface ChaosResult {
  readonly hostile: number;
  readonly calls: number;
  /** Ticks of the control loop, and how many there should have been. */
  readonly ticks: number;
  readonly ticksDue: number;
  /** Of those with callbacks that work: paused or reduced when the pressure ended. */
  readonly relieved: number;
  /** From the end of the pressure until all components whose callbacks work ran again. */
  readonly restoredAfterMs: number;
  /** Of the components with callbacks that work. */
  readonly leftPaused: number;
  /** Of all components, after `stop()`: timers and calls that the manager still waits for. */
  readonly timersLeft: number;
}

type Callback = NonNullable<ComponentOptions['pauseCallback']>;

/** Ways to be hostile; each gets the manager and its own name. */
const WAYS: readonly ((manager: ResourceAllocationManager, id: string, clock: VirtualClock) => Callback)[] = [
  // Hangs.
  () => () => new Promise(() => {}),
  // Throws synchronously, now and then something that is no error.
  () =>
    ({ resource }) => {
      throw resource === 'cpu' ? new Error('no') : undefined;
    },
  // Rejects long after its time is up.
  (_, __, clock) => () =>
    new Promise((_resolve, reject) => {
      clock.setTimeout(() => reject(new Error('late')), 20_000);
    }),
  // Calls back into the manager, and waits for itself.
  (manager, id) => async () => {
    await manager.resumeComponent(id);
  },
  // Calls back into the manager, for others and for all, and waits for nothing.
  (manager, id) => () => {
    void manager.pauseComponent(id);
    void manager.resumeComponent(id);
    manager.setResourceMode(manager.mode === 'balanced' ? 'efficiency' : 'balanced');
    const other = `${id}-spawned`;
    if (!(other in manager.getComponentStates())) manager.registerComponent(other);
    manager.unregisterComponent(other);
    manager.snapshot();
  },
  // Returns junk.
  () => () => Number.NaN,
];

/** 200 components of which 30 % have hostile callbacks, under pressure that comes and goes. */
export async function playChaos(seed: number): Promise<ChaosResult> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const healthy = new Map<string, { paused: boolean; share: number }>();
  let calls = 0;
  let ticks = 0;
  let isPressing = false;
  const read = () => {
    ticks += 1;
    const background = [...healthy.values()].reduce(
      (sum, { paused, share }) => sum + (paused ? 0 : share),
      0,
    );
    const essential = isPressing ? 1.2 : 0.1;
    return { utilization: essential + (0.5 * background) / COMPONENTS, evidence: {} };
  };
  const manager = new ResourceAllocationManager({
    clock,
    interval: INTERVAL_MS,
    sensors: [{ resource: 'cpu', read }],
  });
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  for (let index = 0; index < COMPONENTS; index++) {
    const id = `c${index}`;
    const state = { paused: false, share: 1 };
    const hostile = random() < HOSTILE ? pick(WAYS)(manager, id, clock) : undefined;
    if (!hostile) healthy.set(id, state);
    const counted = (callback: () => void) => (request: Parameters<Callback>[0]) => {
      calls += 1;
      return hostile ? hostile(request) : callback();
    };
    manager.registerComponent(id, {
      cpuPriority: pick(['low', 'medium', 'high']),
      memoryFootprint: pick(['large', 'medium', 'small']),
      pauseCallback: counted(() => {
        state.paused = true;
      }),
      resumeCallback: counted(() => {
        state.paused = false;
        state.share = 1;
      }),
      reduceResourcesCallback:
        random() < 0.5
          ? ({ share, ...request }) =>
              counted(() => {
                state.share = share;
              })(request)
          : undefined,
    });
  }
  manager.start();
  for (let wave = 0; wave < WAVES; wave++) {
    isPressing = true;
    await clock.advanceAsync(WAVE_MS);
    isPressing = false;
    if (wave < WAVES - 1) await clock.advanceAsync(WAVE_MS);
  }
  const endedMs = clock.monotonic();
  const relieved = [...healthy.values()].filter(({ paused, share }) => paused || share < 1).length;
  const isBack = () => [...healthy.values()].every(({ paused, share }) => !paused && share === 1);
  const LONGEST_MS = 1_800_000;
  while (!isBack() && clock.monotonic() - endedMs < LONGEST_MS) await clock.advanceAsync(INTERVAL_MS);
  const restoredAfterMs = clock.monotonic() - endedMs;
  const ticksDue = Math.floor(clock.monotonic() / INTERVAL_MS);
  const leftPaused = [...healthy.values()].filter(({ paused }) => paused).length;
  const stopped = manager.stop();
  await clock.advanceAsync(30_000);
  await stopped;
  return {
    hostile: COMPONENTS - healthy.size,
    calls,
    ticks,
    ticksDue,
    relieved,
    restoredAfterMs,
    leftPaused,
    timersLeft: clock.pending,
  };
}
