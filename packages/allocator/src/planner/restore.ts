import { isByPressure, RUNNING, shareOf } from '../components/goal.ts';
import { thresholdsFor } from '../modes.ts';
import type { AllocationView, ComponentView, Move } from './allocation-view.ts';
import { Caution } from './caution.ts';
import { carefulGainsOf, LEAST_CHANGE, roundShare } from './shares.ts';
import { type Rank, victimRanks } from './victim-order.ts';

/* With less room than this a step would be undone by the noise. */
const LEAST_ROOM = 0.01;

/* Components that start again do more than their usual work for a while: a step fills half of the room. */
const CAREFUL_PART = 0.5;
const HARMLESS_ROOM = 0.03;

/* What was learned may be wrong, or not true any more: after a minute of quiet one component is tried. */
const TRIAL_AFTER_MS = 60_000;
const TRIAL_FRACTION = 0.25;

/* Who does nearly all of its work may as well wait for the rest: its state is to change once, not twice. */
const NEARLY_ALL = 0.97;
const NEARLY_ALL_FOR_MS = 120_000;

/* A sensor that died must not keep components paused for ever; one that hiccups must not resume them. */
const UNKNOWN_HOLD_MS = 60_000;

/**
 * The next step when no resource is under pressure: the last to give way come first. Paused components are
 * resumed, at the least share where they can be reduced; when none is left, shares are raised, those of a rank
 * together. Each by as much as there is room for, by what is known of the effects. Empty when it is too early.
 */
export function restore(view: AllocationView, nowMs: number): Move[] {
  const lost = view.components.filter(({ isUnresponsive, goal }) => isUnresponsive && isByPressure(goal));
  const moves: Move[] = lost.map(({ id }) => ({ id, goal: RUNNING }));
  const restorable = view.components.filter(({ isSettled, goal }) => isSettled && isByPressure(goal));
  const rooms = roomsOf(view);
  if ([...rooms.values()].some((room) => room < LEAST_ROOM)) return moves;
  const ranks = victimRanks(restorable, undefined)
    .map((rank) => [...rank].reverse())
    .reverse();
  const paused = ranks.flat().filter(({ goal }) => goal.kind === 'paused');
  if (paused.length > 0) return [...moves, ...resume(paused, rooms, view, nowMs)];
  return [...moves, ...raise(ranks, rooms, view, nowMs)];
}

/** What may still be used of each known resource. */
function roomsOf({ pressures, settings }: AllocationView): Map<string, number> {
  const rooms = new Map<string, number>();
  for (const pressure of pressures) {
    if (pressure.kind !== 'known') continue;
    const { resource, typicalUtilization } = pressure;
    rooms.set(resource, thresholdsFor(settings, resource).budget - typicalUtilization);
  }
  return rooms;
}

type Rooms = ReadonlyMap<string, number>;

function resume(paused: readonly ComponentView[], rooms: Rooms, view: AllocationView, nowMs: number): Move[] {
  const { leastShare } = view.settings;
  const isTrial = nowMs - view.steppedAtMs >= TRIAL_AFTER_MS;
  const caution = new Caution(view.components, paused[0]?.goalResource);
  const costs = costsOf(view, rooms);
  const moves: Move[] = [];
  const left = carefully(rooms);
  for (const component of paused) {
    // Strictly in order: whoever comes later gives way first.
    if (nowMs < component.readyAtMs || isHeld(component, view, nowMs) || !caution.allows(component)) break;
    const isFirst = moves.length === 0;
    // A single one may fill all the room; else one that needs more than half of it would wait for ever. What is
    // to be reduced does all of its work for a moment, too, between being resumed and being reduced.
    const fits = costs.every(
      ({ resource, gainOf }) => gainOf(component) <= ((isFirst ? rooms : left).get(resource) ?? 0),
    );
    if (!fits && !(isFirst && isTrial)) break;
    const goal = component.canReduce ? ({ kind: 'reduced', share: leastShare } as const) : RUNNING;
    moves.push({ id: component.id, goal });
    for (const { resource, gainOf } of costs) {
      left.set(resource, (left.get(resource) ?? 0) - gainOf(component));
    }
  }
  return moves;
}

function raise(ranks: readonly Rank[], rooms: Rooms, view: AllocationView, nowMs: number): Move[] {
  const isTrial = nowMs - view.steppedAtMs >= TRIAL_AFTER_MS;
  const costs = costsOf(view, rooms);
  const moves: Move[] = [];
  const left = carefully(rooms);
  for (const rank of ranks) {
    const members = rank.filter((component) => !isHeld(component, view, nowMs));
    let fraction = 1;
    for (const { resource, gainOf } of costs) {
      const cost = members.reduce((sum, each) => sum + gainOf(each) * (1 - shareOf(each.goal)), 0);
      if (cost > 0) fraction = Math.min(fraction, Math.max(0, left.get(resource) ?? 0) / cost);
    }
    if (isTrial && moves.length === 0) fraction = Math.max(fraction, TRIAL_FRACTION);
    for (const component of members) {
      const share = shareOf(component.goal);
      const wanted = roundShare(share + fraction * (1 - share));
      const goal = raised(
        wanted,
        nowMs >= Math.max(component.readyAtMs, component.relievedAtMs + NEARLY_ALL_FOR_MS),
      );
      if (shareOf(goal) - share >= LEAST_CHANGE) moves.push({ id: component.id, goal });
    }
    for (const { resource, gainOf } of costs) {
      const cost = members.reduce((sum, each) => sum + gainOf(each) * (1 - shareOf(each.goal)), 0);
      left.set(resource, (left.get(resource) ?? 0) - fraction * cost);
    }
    if (fraction < 1) break;
  }
  return moves;
}

/** Nearly all is all, but for a component whose time has not come: that stays reduced, a little. */
function raised(share: number, isReady: boolean): Move['goal'] {
  if (share < NEARLY_ALL) return { kind: 'reduced', share };
  return isReady ? RUNNING : { kind: 'reduced', share: NEARLY_ALL };
}

function carefully(rooms: Rooms): Map<string, number> {
  return new Map(
    [...rooms].map(([resource, room]) => [
      resource,
      Math.max(room * CAREFUL_PART, Math.min(room, HARMLESS_ROOM)),
    ]),
  );
}

function costsOf({ components }: AllocationView, rooms: Rooms) {
  return [...rooms.keys()].map((resource) => ({ resource, gainOf: carefulGainsOf(components, resource) }));
}

/** Whether the resource it gave way for became unknown a moment ago. */
function isHeld({ goalResource }: ComponentView, { pressures }: AllocationView, nowMs: number): boolean {
  const pressure = pressures.find(({ resource }) => resource === goalResource);
  return pressure?.kind === 'unknown' && nowMs - pressure.sinceMs < UNKNOWN_HOLD_MS;
}
