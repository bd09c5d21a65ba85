/** A parameter that the optimizer may turn. */
export type Tunable = NumericTunable | EnumeratedTunable;

export interface NumericTunable {
  readonly name: string;
  get(): number;
  set(value: number): void;
  readonly min: number;
  readonly max: number;
  /** Moves by adding `by`, or by multiplying with it. */
  readonly move: { readonly kind: 'step' | 'scale'; readonly by: number };
}

export interface EnumeratedTunable {
  readonly name: string;
  get(): string;
  set(value: string): void;
  readonly values: readonly string[];
}
