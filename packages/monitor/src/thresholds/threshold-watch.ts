import type { Alert, Severity } from '@evenkeel/core';
import type { CheckedThreshold } from './threshold.ts';

/** An alert that is over. */
export interface ResolvedAlert extends Alert {
  /** When it ended, in ms since 1970. */
  readonly resolvedAt: number;
}

/** What a new value led to. */
export type Transition =
  | { readonly kind: 'raised'; readonly alert: Alert }
  | { readonly kind: 'changed'; readonly alert: Alert }
  | { readonly kind: 'resolved'; readonly alert: ResolvedAlert };

/** One threshold and the alert it has raised. Pure: values and times come in, transitions go out. */
export class ThresholdWatch {
  readonly threshold: CheckedThreshold;
  #alert: Alert | undefined;

  constructor(threshold: CheckedThreshold) {
    this.threshold = threshold;
  }

  get alert(): Alert | undefined {
    return this.#alert;
  }

  /** @param nowMs wall time, in ms since 1970 */
  update(value: number, nowMs: number): Transition | undefined {
    const before = this.#alert;
    const severity = this.#severity(value, before?.severity);
    if (severity === undefined) return before ? this.resolve(nowMs) : undefined;
    const alert = this.#describe(value, severity, before?.since ?? nowMs);
    this.#alert = alert;
    if (!before) return { kind: 'raised', alert };
    return before.severity === severity ? undefined : { kind: 'changed', alert };
  }

  /** Ends the alert, if there is one. */
  resolve(nowMs: number): Transition | undefined {
    if (!this.#alert) return undefined;
    const alert: ResolvedAlert = { ...this.#alert, resolvedAt: nowMs };
    this.#alert = undefined;
    return { kind: 'resolved', alert };
  }

  #severity(value: number, current: Severity | undefined): 'warning' | 'critical' | undefined {
    const { warning, critical } = this.threshold;
    if (this.#holds(value, critical, current === 'critical')) return 'critical';
    if (this.#holds(value, warning, current !== undefined)) return 'warning';
    return undefined;
  }

  /** Whether a level is in force: beyond it, or not yet far enough back where it was in force before. */
  #holds(value: number, level: number | undefined, inForce: boolean): boolean {
    if (level === undefined) return false;
    const { direction, hysteresis } = this.threshold;
    const sign = direction === 'above' ? 1 : -1;
    const beyond = sign * (value - level);
    return beyond > 0 || (inForce && beyond > -hysteresis * Math.abs(level));
  }

  #describe(value: number, severity: 'warning' | 'critical', since: number): Alert {
    const { path, direction, warning, critical } = this.threshold;
    const threshold = (severity === 'critical' ? critical : warning) ?? 0;
    const beyond = direction === 'above' ? value > threshold : value < threshold;
    const where = beyond ? direction : 'not yet clear of';
    return {
      id: `monitor:${path}`,
      name: path,
      severity,
      message: `${path} is ${rounded(value)}, ${where} its ${severity} threshold of ${rounded(threshold)}`,
      since,
      labels: { path, direction },
      value,
      threshold,
    };
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
