import type { ActionName } from '../components/allocation-state.ts';
import { type Goal, shareOf } from '../components/goal.ts';

/** One call of a callback. */
export type ComponentAction =
  | { readonly name: 'pause' }
  | { readonly name: 'resume' }
  | { readonly name: 'reduce'; readonly share: number };

/** Where a component is, by the calls that came back. A call that failed may have had its effect all the same. */
export interface Reached {
  readonly paused: boolean | 'unknown';
  readonly share: number | 'unknown';
}

export const UNTOUCHED: Reached = { paused: false, share: 1 };

/** The call that brings it closer to the goal; `undefined` when it is there. */
export function nextAction(
  { paused, share }: Reached,
  goal: Goal,
  can: { readonly resume: boolean },
): ComponentAction | undefined {
  if (goal.kind === 'paused') return paused === true ? undefined : { name: 'pause' };
  // To be reduced it must not be paused.
  if (paused !== false) return { name: 'resume' };
  const wanted = shareOf(goal);
  if (share === wanted) return undefined;
  return wanted === 1 && can.resume ? { name: 'resume' } : { name: 'reduce', share: wanted };
}

export function afterSuccess(reached: Reached, action: ComponentAction): Reached {
  if (action.name === 'pause') return { ...reached, paused: true };
  return action.name === 'resume' ? UNTOUCHED : { ...reached, share: action.share };
}

export function afterFailure(reached: Reached, action: ActionName): Reached {
  if (action === 'pause') return { ...reached, paused: 'unknown' };
  return action === 'resume'
    ? { paused: reached.paused === false ? false : 'unknown', share: 'unknown' }
    : { ...reached, share: 'unknown' };
}
