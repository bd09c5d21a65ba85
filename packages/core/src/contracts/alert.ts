export type Severity = 'info' | 'warning' | 'critical';

/** A condition that somebody should know of. */
export interface Alert {
  /** Identifies the condition: raising it again is the same alert. */
  readonly id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly message: string;
  /** Since when, in ms since 1970. */
  readonly since: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly threshold?: number;
  readonly evidence?: Readonly<Record<string, unknown>>;
}
