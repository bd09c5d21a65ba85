import { option, readOptions } from '../options/index.ts';

/** Options of {@link QuantileSketch}. */
export interface QuantileSketchOptions {
  /**
   * The largest relative error of a quantile, from 0.001 to 0.1.
   * @defaultValue 0.01
   */
  readonly relativeError?: number;
}

/**
 * What a sketch has to know before it can set its fields. It is a class of its own so that the fields of the
 * class that extends it are set once, where they are declared: the engine then takes them for constants.
 */
export abstract class RelativeErrorBound {
  /** The largest relative error of a quantile. */
  readonly relativeError: number;
  /** Each power of two is split into `2 ** precision` buckets. */
  protected readonly precision: number;

  constructor(options: QuantileSketchOptions) {
    const { relativeError } = readOptions<Required<QuantileSketchOptions>>('QuantileSketch', options, {
      relativeError: option.number({ min: 0.001, max: 0.1 }).default(0.01),
    });
    this.relativeError = relativeError;
    // A bucket [a, b) with b - a = a / 2^precision is represented within (b - a) / (a + b).
    this.precision = Math.ceil(Math.log2((1 - relativeError) / (2 * relativeError)));
  }
}
