import type { Recommendation } from '@evenkeel/core';
import type { AllocatedComponent } from '../components/allocated-component.ts';
import type { ResourcePressure } from '../pressure/resource-pressure.ts';

/* Shorter spells pass by themselves. */
const PERSISTS_AFTER_MS = 60_000;

/* Restored too early so often in a row: its waits are eight times the usual by now. */
const FLAPPING_RELAPSES = 3;

export interface AdviceSources {
  readonly components: Iterable<AllocatedComponent>;
  readonly pressures: readonly ResourcePressure[];
  /** Since when there is nothing left to reduce or pause, by resource, on the monotonic clock. */
  readonly exhaustedSinceMs: ReadonlyMap<string, number>;
  readonly nowMs: number;
}

/** What somebody should look into, each with what it was concluded from. */
export function adviceFor(sources: AdviceSources): Recommendation[] {
  const advice: Recommendation[] = [];
  const recommend = (rest: Omit<Recommendation, 'component' | 'automated'>): void => {
    advice.push({ component: 'allocator', automated: false, ...rest });
  };
  for (const [resource, sinceMs] of sources.exhaustedSinceMs) {
    const pressure = sources.pressures.find((each) => each.resource === resource);
    const lastsMs = sources.nowMs - sinceMs;
    if (pressure?.kind !== 'known' || lastsMs < PERSISTS_AFTER_MS) continue;
    const { level, utilization, evidence } = pressure;
    recommend({
      id: `allocator:exhausted:${resource}`,
      priority: level === 'critical' ? 'critical' : 'high',
      message: `Give the application more ${resource}, or run more instances: it is ${level}, and all that may be reduced or paused is.`,
      evidence: { resource, level, utilization, lastsMs, ...evidence },
    });
  }
  for (const pressure of sources.pressures) {
    const lastsMs = sources.nowMs - pressure.sinceMs;
    if (pressure.kind === 'known' || lastsMs < PERSISTS_AFTER_MS) continue;
    const { resource } = pressure;
    recommend({
      id: `allocator:unknown:${resource}`,
      priority: 'medium',
      message: `Look into the sensors of ${resource}: none can tell how full it is, so nothing is done about it.`,
      evidence: { resource, lastsMs },
    });
  }
  for (const { id, actuator, backoff } of sources.components) {
    const { state } = actuator;
    const component = JSON.stringify(id);
    if (state.kind === 'unresponsive') {
      const { during, error, attempts, since } = state;
      recommend({
        id: `allocator:unresponsive:${id}`,
        priority: 'high',
        message: `Mend the ${during} callback of component ${component}: ${error}.`,
        evidence: { id, during, error, attempts, since },
      });
    }
    if (backoff.relapses >= FLAPPING_RELAPSES) {
      recommend({
        id: `allocator:flapping:${id}`,
        priority: 'medium',
        message: `Let component ${component} do less, or give it a reduceResourcesCallback: each time it was restored, the pressure came back.`,
        evidence: { id, relapses: backoff.relapses },
      });
    }
  }
  return advice;
}
