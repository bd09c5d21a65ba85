/** Who paused a component: the manager under pressure, or the application. */
export type PausedBy = 'pressure' | 'caller';

/** The name of what is done to a component. */
export type ActionName = 'reduce' | 'pause' | 'resume';

interface Described {
  /** Wall time since when, in ms since 1970. */
  readonly since: number;
  /** Why, in plain words. */
  readonly reason: string;
}

/** What a component may use at present, or what is being done about it. */
export type AllocationState =
  | ({ readonly kind: 'running' } & Described)
  | ({ readonly kind: 'reducing'; readonly share: number } & Described)
  | ({ readonly kind: 'reduced'; readonly share: number } & Described)
  | ({ readonly kind: 'pausing'; readonly by: PausedBy } & Described)
  | ({ readonly kind: 'paused'; readonly by: PausedBy } & Described)
  | ({ readonly kind: 'resuming' } & Described)
  | UnresponsiveState;

/**
 * A callback threw, rejected, returned `false` or took too long: what the component does is not known. The
 * action is tried again, with growing waits.
 */
export interface UnresponsiveState extends Described {
  readonly kind: 'unresponsive';
  readonly during: ActionName;
  readonly error: string;
  /** Failed ones, in a row. */
  readonly attempts: number;
  /** Wall time of the next attempt, in ms since 1970; `undefined` while the manager is stopped. */
  readonly retryAt: number | undefined;
}

export const ALLOCATION_STATES = [
  'running',
  'reducing',
  'reduced',
  'pausing',
  'paused',
  'resuming',
  'unresponsive',
] as const satisfies readonly AllocationState['kind'][];
