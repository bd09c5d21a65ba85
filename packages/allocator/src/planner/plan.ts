import { PRESSURE_LEVELS } from '../pressure/pressure-level.ts';
import type { KnownPressure } from '../pressure/resource-pressure.ts';
import type { AllocationView, ComponentView, Move, Plan } from './allocation-view.ts';
import { excessOf, relieve } from './relieve.ts';
import { restore } from './restore.ts';
import { isOfLowerPriority } from './victim-order.ts';

const HOLD: Plan = { kind: 'hold' };

/**
 * Decides what to do now: one step, when the effect of the one before can be seen. A pure function: it knows no
 * clock, timer or sensor.
 *
 * @param nowMs on the monotonic clock
 */
export function plan(view: AllocationView, nowMs: number): Plan {
  const waitedMs = nowMs - view.steppedAtMs;
  const pressing = view.pressures.filter((pressure) => pressure.kind === 'known').filter(isPressing);
  const worst = worstOf(pressing, view);
  if (worst) {
    if (isRelieving(view, worst, waitedMs)) return HOLD;
    const { resource } = worst;
    const moves = relieve(view, worst, nowMs);
    if (moves.length === 0) return { kind: 'exhausted', resource };
    return { kind: 'relieve', resource, reason: describePressure(worst), moves };
  }
  if (view.isStepUnderWay || waitedMs < view.settings.settleMs) return HOLD;
  const unfair = untouchedBelowPaused(view, nowMs);
  if (unfair) return unfair;
  if (pressing.length > 0 || waitedMs < view.settings.restoreWaitMs) return HOLD;
  const moves = restore(view, nowMs);
  if (moves.length === 0) return HOLD;
  return { kind: 'restore', resource: undefined, reason: 'the pressure has gone', moves };
}

/** Whether the effect of a relieving step is still to be seen. A restoring one is never waited for: it is undone. */
function isRelieving(
  { lastStep, isStepUnderWay, settings }: AllocationView,
  { level }: KnownPressure,
  waitedMs: number,
): boolean {
  if (lastStep !== 'relieve') return false;
  return isStepUnderWay || waitedMs < (level === 'critical' ? settings.criticalSettleMs : settings.settleMs);
}

function isPressing({ level }: KnownPressure): boolean {
  return level === 'serious' || level === 'critical';
}

/** Of those that are over what relief aims at, the one of the highest level; a level outlasts the relief. */
function worstOf(pressing: readonly KnownPressure[], view: AllocationView): KnownPressure | undefined {
  return pressing
    .filter((pressure) => excessOf(view, pressure) > 0)
    .sort(
      (a, b) =>
        PRESSURE_LEVELS.indexOf(b.level) - PRESSURE_LEVELS.indexOf(a.level) ||
        excessOf(view, b) - excessOf(view, a),
    )[0];
}

/**
 * Who was registered, resumed or mended while something more important stays paused gives way in its place;
 * that leaves room for the other.
 */
function untouchedBelowPaused({ components, settings }: AllocationView, nowMs: number): Plan | undefined {
  let first: ComponentView | undefined;
  for (const component of components) {
    const { isSettled, goal } = component;
    if (!isSettled || goal.kind !== 'paused' || goal.by !== 'pressure') continue;
    if (!first || isOfLowerPriority(first, component)) first = component;
  }
  if (!first) return undefined;
  const { id, goalResource } = first;
  const moves = components.flatMap((component): Move | [] => {
    const { isSettled, isEssential, canPause, canReduce, wantedUntilMs, goal } = component;
    if (!isSettled || isEssential || !canPause || nowMs < wantedUntilMs || goal.kind !== 'running') return [];
    if (!first || !isOfLowerPriority(component, first)) return [];
    return {
      id: component.id,
      goal: canReduce ? { kind: 'reduced', share: settings.leastShare } : { kind: 'paused', by: 'pressure' },
    };
  });
  if (moves.length === 0) return undefined;
  const reason = `it gives way before ${JSON.stringify(id)}, which is paused`;
  return { kind: 'relieve', resource: goalResource, reason, moves };
}

function describePressure({ resource, level, typicalUtilization }: KnownPressure): string {
  return `${resource} is ${level}: ${(typicalUtilization * 100).toFixed(0)} % used`;
}
