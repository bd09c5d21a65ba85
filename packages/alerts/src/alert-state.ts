import type { Alert, Severity } from '@evenkeel/core';

/** Names and values that identify an alert together with its name, and by which it is routed and silenced. */
export type Labels = Readonly<Record<string, string>>;

/** What is given to `raise()`. */
export interface AlertInput {
  /** What it is, the same each time: `high-response-time`. */
  readonly name: string;
  /** @defaultValue 'warning' */
  readonly severity?: Severity;
  /** For people, in one sentence. */
  readonly message: string;
  /** @defaultValue none */
  readonly labels?: Labels;
  /** Identifies the condition. @defaultValue made of name and labels */
  readonly id?: string;
  /** Since when, in ms since 1970. @defaultValue now */
  readonly since?: number;
  readonly value?: number;
  readonly threshold?: number;
  readonly evidence?: Readonly<Record<string, unknown>>;
}

/** `pending`: the condition holds, but not for long enough yet. */
export type AlertState = 'pending' | 'firing' | 'resolved';

/** An alert and its life so far. Plain data. */
export interface TrackedAlert extends Alert {
  readonly state: AlertState;
  /** When it was last raised or resolved, in ms since 1970. */
  readonly updatedAt: number;
  /** When it began to fire; absent while pending. */
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** How many times it was raised since it began. */
  readonly count: number;
  /** It changes state so often that changes are not told any more until it calms down. */
  readonly isFlapping: boolean;
  /** Ids of silences and names of maintenance windows that keep it from being told. */
  readonly silencedBy: readonly string[];
  /** Who has taken it over; it does not escalate any more. */
  readonly acknowledgedBy?: string;
  /** Which rule has raised it; absent where it was raised directly. */
  readonly rule?: string;
  /** What people have been told of it, kept by the delivery so that a restart neither repeats nor forgets it. */
  readonly told?: { readonly severity: Severity; readonly level: number };
}
