export type Priority = 'low' | 'medium' | 'high' | 'critical';

/** Something that can be done, and undone. */
export interface Action {
  /** What it does, in one sentence. */
  readonly describe: string;
  apply(signal: AbortSignal): Promise<void>;
  revert(): Promise<void>;
}

/** Advice with its reasons. */
export interface Recommendation {
  /** Stable over time for the same advice, so that it is shown once. */
  readonly id: string;
  /** The component it is about. */
  readonly component: string;
  readonly priority: Priority;
  /** What to do and why, in plain words. */
  readonly message: string;
  /** The measurements behind it. */
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Whether `action` may run without a person. */
  readonly automated: boolean;
  readonly action?: Action;
}
