import type { Clock } from '@evenkeel/core';
import type { ModeSettings } from '../modes.ts';
import type { Plan } from './allocation-view.ts';
import type { LearnedEffects, Utilizations } from './learned-effects.ts';

/** A plan that does something. */
export type Step = Extract<Plan, { readonly moves: unknown }>;

interface Measurement {
  readonly kind: Step['kind'];
  readonly before: Utilizations;
  /** Only of components that got there. */
  readonly changes: Map<string, number>;
}

/** Follows a step until its actions have ended and its effect was measured. */
export class StepTracker {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #onEnd: () => void;
  #open = 0;
  #steppedAtMs = Number.NEGATIVE_INFINITY;
  #lastStep: Step['kind'] | 'none' = 'none';
  #reliefsInARow = 0;
  #measurement: Measurement | undefined;

  /** @param onEnd called when the actions of a step have all ended */
  constructor(clock: Pick<Clock, 'monotonic'>, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get lastStep(): Step['kind'] | 'none' {
    return this.#lastStep;
  }

  /** Relieving steps since the last restoring one, or since the pressure was off. */
  get reliefsInARow(): number {
    return this.#reliefsInARow;
  }

  /** The pressure is off. */
  relax(): void {
    this.#reliefsInARow = 0;
  }

  get isUnderWay(): boolean {
    return this.#open > 0;
  }

  /** When the actions of the last step had all ended, on the monotonic clock. */
  get steppedAtMs(): number {
    return this.#steppedAtMs;
  }

  begin(kind: Step['kind'], before: Utilizations): void {
    this.#lastStep = kind;
    this.#reliefsInARow = kind === 'relieve' ? this.#reliefsInARow + 1 : 0;
    this.#measurement = { kind, before, changes: new Map() };
    this.#steppedAtMs = this.#clock.monotonic();
  }

  /** Adds a part of the step begun: the change of a component's share. */
  add(id: string, change: number, ended: Promise<unknown>): void {
    const measurement = this.#measurement;
    const end = (): void => {
      this.#open -= 1;
      if (this.#open > 0) return;
      this.#steppedAtMs = this.#clock.monotonic();
      this.#onEnd();
    };
    this.#open += 1;
    ended.then(
      () => {
        measurement?.changes.set(id, change);
        end();
      },
      // Whatever it has done, it is not known how much of it.
      end,
    );
  }

  /** Takes in the effect of the last step, once, when it has had its time. */
  measure(effects: LearnedEffects, now: Utilizations, settings: ModeSettings, isCritical: boolean): void {
    if (!this.#measurement || this.isUnderWay) return;
    const { kind, before, changes } = this.#measurement;
    const relievedMs = isCritical ? settings.criticalSettleMs : settings.settleMs;
    const waitMs = kind === 'restore' ? settings.restoreWaitMs : relievedMs;
    if (this.#clock.monotonic() - this.#steppedAtMs < waitMs) return;
    this.#measurement = undefined;
    effects.learn(changes, before, now);
  }
}
