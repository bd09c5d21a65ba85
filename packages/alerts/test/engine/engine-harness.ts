import { VirtualClock } from '@evenkeel/core';
import type { TrackedAlert } from '../../src/alert-state.ts';
import type { AlertChange } from '../../src/delivery/change.ts';
import { AlertEngine, type AlertEngineOptions } from '../../src/engine/alert-engine.ts';
import type { Rule } from '../../src/rules/rule.ts';
import type { Silence } from '../../src/silences/silence.ts';

export const START = Date.UTC(2026, 0, 5, 12, 0, 0);

/** An engine in virtual time that writes down what it tells. */
export function createEngine(rules: readonly Rule[] = [], options: Partial<AlertEngineOptions> = {}) {
  const clock = new VirtualClock(START);
  /** `fired slow{route="/"}`, `resolved …`; silenced ones in brackets. Without updates of values. */
  const told: string[] = [];
  const changes: AlertChange[] = [];
  const happened: string[] = [];
  const kept: TrackedAlert[] = [];
  const silences: Silence[] = [];
  const failures: string[] = [];
  const engine = new AlertEngine({
    clock,
    maxAlerts: 1000,
    maxSeries: 1000,
    flapping: undefined,
    resolveAfterMs: Infinity,
    ...options,
    listener: {
      changed: (change) => {
        const { kind, alert } = change;
        changes.push(change);
        if (kind === 'updated') return;
        told.push(alert.silencedBy.length > 0 ? `(${kind} ${alert.id})` : `${kind} ${alert.id}`);
      },
      kept: (alert) => kept.push(alert),
      happened: (what, alert) => happened.push(`${what} ${alert.id}`),
      keptSilence: (silence) => silences.push(silence),
      silenced: () => {},
      unsilenced: () => {},
      failed: (source, thrown) =>
        failures.push(`${source}: ${thrown instanceof Error ? thrown.message : String(thrown)}`),
    },
  });
  for (const rule of rules) engine.addRule(rule);
  return {
    clock,
    engine,
    told,
    changes,
    happened,
    kept,
    silences,
    failures,
    /** Lets time pass, with a tick each second. */
    pass(ms: number): void {
      for (let passed = 0; passed < ms; passed += 1000) {
        clock.advance(Math.min(1000, ms - passed));
        engine.tick();
      }
    },
    observe(metric: string, value: number, labels?: Readonly<Record<string, string>>, at?: number): void {
      engine.observe(metric, value, labels, at);
    },
    /** What is active, as `state id`. */
    active(): string[] {
      return engine.alerts().map(({ state, id }) => `${state} ${id}`);
    },
  };
}
