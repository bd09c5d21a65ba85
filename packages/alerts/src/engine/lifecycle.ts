/** What is known of a condition at a moment. `unknown`: there is no telling, everything stays as it is. */
export type Finding = 'holds' | 'clear' | 'unknown';

/**
 * The life of a condition. All times are the engine's.
 *
 * `inactive` → `pending` (it holds, but not for long enough) → `firing` → `clearing` (it holds no more, but has not
 * been so for long enough) → `inactive`.
 */
export type Lifecycle =
  | { readonly kind: 'inactive' }
  | { readonly kind: 'pending'; readonly since: number }
  | { readonly kind: 'firing'; readonly since: number }
  | { readonly kind: 'clearing'; readonly since: number; readonly clearSince: number };

export interface LifecycleTimes {
  /** How long a condition must hold before it fires, in ms. */
  readonly forMs: number;
  /** How long it must be clear before it is resolved, in ms. */
  readonly keepFiringForMs: number;
}

export const INACTIVE: Lifecycle = { kind: 'inactive' };

/** The state after a finding. Pure. */
export function advance(
  state: Lifecycle,
  finding: Finding,
  now: number,
  { forMs, keepFiringForMs }: LifecycleTimes,
): Lifecycle {
  if (finding === 'unknown') return state;
  if (finding === 'holds') {
    if (state.kind === 'firing') return state;
    if (state.kind === 'clearing') return { kind: 'firing', since: state.since };
    const since = state.kind === 'pending' ? state.since : now;
    return { kind: now - since >= forMs ? 'firing' : 'pending', since };
  }
  if (state.kind === 'inactive' || state.kind === 'pending') return INACTIVE;
  const clearSince = state.kind === 'clearing' ? state.clearSince : now;
  return now - clearSince >= keepFiringForMs
    ? INACTIVE
    : { kind: 'clearing', since: state.since, clearSince };
}
