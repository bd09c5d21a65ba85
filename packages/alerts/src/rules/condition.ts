/** What the observations of one label set say at a moment. */
export type Judgement =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'clear' }
  | {
      readonly kind: 'holds';
      readonly value: number;
      readonly threshold?: number;
      /** What there is to say about it, after the name: `is 512, above 500`. */
      readonly text: string;
      readonly evidence?: Readonly<Record<string, unknown>>;
      /** Of its own, where the rule has none. */
      readonly severity?: 'warning' | 'critical';
    };

export const UNKNOWN: Judgement = { kind: 'unknown' };
export const CLEAR: Judgement = { kind: 'clear' };

/** The condition of a rule for one label set. Times are the engine's; memory and time per call are bounded. */
export interface Condition {
  /** @param note what was said with it */
  observe(value: number, at: number, metric: string, note?: string): void;
  /**
   * Changes nothing.
   * @param isActive whether it held last time: hysteresis asks for it
   */
  judge(now: number, isActive: boolean): Judgement;
}
