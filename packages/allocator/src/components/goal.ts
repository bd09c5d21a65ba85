import type { PausedBy } from './allocation-state.ts';

/** What a component is to be. How it gets there from where it is, is the executor's part. */
export type Goal =
  | { readonly kind: 'running' }
  | { readonly kind: 'reduced'; readonly share: number }
  | { readonly kind: 'paused'; readonly by: PausedBy };

/** A goal with its reasons. */
export interface Order {
  readonly goal: Goal;
  /** The resource under pressure; `undefined` where the application asked. */
  readonly resource: string | undefined;
  readonly reason: string;
}

export const RUNNING: Goal = { kind: 'running' };

/** The part of its work that a component with this goal does. */
export function shareOf(goal: Goal): number {
  if (goal.kind === 'paused') return 0;
  return goal.kind === 'reduced' ? goal.share : 1;
}

/** Whether the manager has brought it about, which it is to undo. */
export function isByPressure(goal: Goal): boolean {
  return goal.kind === 'reduced' || (goal.kind === 'paused' && goal.by === 'pressure');
}

export function isSameGoal(a: Goal, b: Goal): boolean {
  if (a.kind === 'paused' && b.kind === 'paused') return a.by === b.by;
  return a.kind === b.kind && shareOf(a) === shareOf(b);
}
