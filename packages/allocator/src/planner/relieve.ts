import { shareOf } from '../components/goal.ts';
import { thresholdsFor } from '../modes.ts';
import type { KnownPressure } from '../pressure/resource-pressure.ts';
import type { AllocationView, ComponentView, Move } from './allocation-view.ts';
import { Caution } from './caution.ts';
import { gainsOf, LEAST_CHANGE, roundShare } from './shares.ts';
import { type Rank, victimRanks } from './victim-order.ts';

/* Of what a rank can give up, a step takes at least a tenth: else the last percents would take for ever. */
const LEAST_FRACTION = 0.1;

/* And half of it where nothing is known of the effect. */
const FIRST_FRACTION = 0.5;

/* Who is reduced at all gives up a tenth: a change of state should be worth it. */
const LARGEST_REDUCED_SHARE = 0.9;

/* Less than this is no reason to touch another component. */
const LEAST_MISSING = 0.001;

/* From here on a sensor that ends at 1 may show less than is wanted. */
const SATURATED = 0.99;

/**
 * The next step against pressure on a resource: shares of the components that give way first are lowered by as
 * much as is needed, by what is known of their effects; when no share is left to lower, components are paused,
 * as many as are needed; and only then are the shares of essential ones lowered. Empty when nothing is left.
 */
export function relieve(view: AllocationView, pressure: KnownPressure, nowMs: number): Move[] {
  const candidates = view.components.filter(
    ({ isUnresponsive, wantedUntilMs, goal }) =>
      !isUnresponsive && nowMs >= wantedUntilMs && goal.kind !== 'paused',
  );
  const optional = victimRanks(
    candidates.filter(({ isEssential }) => !isEssential),
    pressure.resource,
  );
  const reductions = reduce(optional, view, pressure);
  if (reductions.length > 0) return reductions;
  const pauses = pause(optional, view, pressure);
  if (pauses.length > 0) return pauses;
  const essential = candidates.filter(({ isEssential }) => isEssential);
  return reduce(victimRanks(essential, pressure.resource), view, pressure);
}

function reduce(ranks: readonly Rank[], view: AllocationView, pressure: KnownPressure): Move[] {
  const { leastShare } = view.settings;
  const gainOf = gainsOf(view.components, pressure.resource);
  const caution = new Caution(view.components, pressure.resource);
  const moves: Move[] = [];
  let missing = excessOf(view, pressure);
  for (const rank of ranks) {
    const reducible = rank.filter(
      ({ canReduce, goal }) => canReduce && shareOf(goal) - leastShare >= LEAST_CHANGE,
    );
    const taken = reducible.filter((component) => caution.allows(component));
    const relief = taken.reduce(
      (sum, component) => sum + (gainOf(component) ?? 0) * (shareOf(component.goal) - leastShare),
      0,
    );
    const isKnown = taken.every((component) => gainOf(component) !== undefined);
    const fraction = isKnown ? Math.min(1, Math.max(LEAST_FRACTION, missing / relief)) : FIRST_FRACTION;
    for (const { id, goal } of taken) moves.push({ id, goal: lowered(shareOf(goal), leastShare, fraction) });
    missing -= fraction * relief;
    if (missing < LEAST_MISSING || taken.length < reducible.length || !isKnown) break;
  }
  return moves;
}

function lowered(share: number, leastShare: number, fraction: number): Move['goal'] {
  const wanted = roundShare(share - fraction * (share - leastShare));
  return {
    kind: 'reduced',
    // At least one percent less, so that rounding is no standstill.
    share: Math.max(leastShare, Math.min(LARGEST_REDUCED_SHARE, wanted, roundShare(share - LEAST_CHANGE))),
  };
}

function pause(ranks: readonly Rank[], view: AllocationView, pressure: KnownPressure): Move[] {
  const gainOf = gainsOf(view.components, pressure.resource);
  const caution = new Caution(view.components, pressure.resource);
  const moves: Move[] = [];
  let missing = excessOf(view, pressure);
  for (const component of ranks.flat().filter(({ canPause }: ComponentView) => canPause)) {
    const isEnough = moves.length > 0 && missing < LEAST_MISSING;
    if (isEnough || !caution.allows(component)) break;
    const gain = gainOf(component);
    moves.push({ id: component.id, goal: { kind: 'paused', by: 'pressure' } });
    if (gain === undefined) break;
    missing -= gain * shareOf(component.goal);
  }
  return moves;
}

/**
 * How much is used beyond what relief aims at: the budget when the resource is critical, else half way there, as
 * the next reading may be lower by itself. At critical the latest reading counts, since it may still be growing;
 * and what a sensor shows that ends at 1 is doubled with each step that did not do, for it does not tell how much
 * more is wanted.
 */
export function excessOf(
  { settings, reliefsInARow }: AllocationView,
  { resource, level, utilization, typicalUtilization, isOpenEnded }: KnownPressure,
): number {
  const { budget, serious } = thresholdsFor(settings, resource);
  if (level !== 'critical') return typicalUtilization - (budget + serious) / 2;
  const used = Math.max(utilization, typicalUtilization);
  const isSaturated = used >= SATURATED && !isOpenEnded;
  return (used - budget) * (isSaturated ? 2 ** (1 + reliefsInARow) : 1);
}
