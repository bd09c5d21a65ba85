import type { Clock, Disposer } from '@evenkeel/core';
import type { RouteSettings } from './delivery-options.ts';

interface Waiting {
  readonly alert: string;
  readonly dueMs: number;
}

/**
 * Waits for alerts of one route to be acknowledged, and says when a level is reached. The levels' times are the same
 * for all alerts, so that those that were added first are due first.
 */
export class Escalations {
  readonly #levels: readonly { readonly afterMs: number; readonly waiting: Map<string, Waiting> }[];
  readonly #clock: Clock;
  readonly #onDue: (alert: string, level: number) => void;
  #isRunning = false;
  #cancel: Disposer | undefined;
  #plannedMs = Infinity;

  /** @param onDue levels count from 1 */
  constructor(
    levels: RouteSettings['escalation'],
    clock: Clock,
    onDue: (alert: string, level: number) => void,
  ) {
    this.#levels = levels.map(({ after }) => ({ afterMs: after, waiting: new Map() }));
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /**
   * Waits for all levels above the one that the alert has reached.
   *
   * @param ageMs how long it has waited already
   */
  add(alert: string, reached: number, ageMs = 0): void {
    const nowMs = this.#clock.monotonic();
    this.#levels.forEach(({ afterMs, waiting }, index) => {
      if (index < reached || waiting.has(alert)) return;
      waiting.set(alert, { alert, dueMs: nowMs + Math.max(0, afterMs - ageMs) });
    });
    this.#plan();
  }

  /** It is resolved, or somebody takes care of it. */
  remove(alert: string): void {
    for (const { waiting } of this.#levels) waiting.delete(alert);
  }

  start(): void {
    this.#isRunning = true;
    this.#plan();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelPlan();
  }

  #cancelPlan(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#plannedMs = Infinity;
  }

  #plan(): void {
    let nextMs = Infinity;
    for (const { waiting } of this.#levels) {
      for (const first of waiting.values()) {
        nextMs = Math.min(nextMs, first.dueMs);
        break;
      }
    }
    if (!this.#isRunning || nextMs >= this.#plannedMs) return;
    this.#cancel?.();
    this.#plannedMs = nextMs;
    this.#cancel = this.#clock.setTimeout(() => this.#run(), nextMs - this.#clock.monotonic());
  }

  #run(): void {
    this.#cancelPlan();
    const nowMs = this.#clock.monotonic();
    this.#levels.forEach(({ waiting }, index) => {
      for (const { alert, dueMs } of waiting.values()) {
        if (dueMs > nowMs) break;
        waiting.delete(alert);
        this.#onDue(alert, index + 1);
      }
    });
    this.#plan();
  }
}
