import { toText } from '../sql/literal.ts';

/** One run that is kept: its text, and the values of its parameters. */
export interface RunSample {
  readonly text: string;
  readonly params: readonly unknown[];
}

/** Takes a value of a parameter, and gives what may be kept of it. */
export type RedactParameter = (value: unknown, parameter: { readonly number: number }) => unknown;

export interface RunSamplesOptions {
  /** How many are kept; 0 keeps none. */
  readonly size: number;
  readonly random: () => number;
}

/* A value that is longer is a document, not something to search by. */
const MAX_VALUE_LENGTH = 1000;
const MAX_PARAMETERS = 200;

/** A few runs of all that were, each with the same chance: algorithm R of J. S. Vitter, "Random Sampling with a Reservoir", ACM TOMS 11 (1985). */
export class RunSamples {
  readonly #size: number;
  readonly #random: () => number;
  readonly #kept: RunSample[] = [];
  #seen = 0;

  constructor({ size, random }: RunSamplesOptions) {
    this.#size = size;
    this.#random = random;
  }

  get kept(): readonly RunSample[] {
    return this.#kept;
  }

  /** Counts a run, and tells where it is to be kept, or -1, which is what most runs get. */
  place(): number {
    this.#seen++;
    if (this.#size === 0) return -1;
    if (this.#kept.length < this.#size) return this.#kept.length;
    const at = Math.floor(this.#random() * this.#seen);
    return at < this.#size ? at : -1;
  }

  keep(at: number, sample: RunSample): void {
    this.#kept[Math.min(at, this.#kept.length, this.#size - 1)] = sample;
  }
}

/**
 * The values as they may be kept: what is more than a number or a word is turned into its text, so that it neither
 * changes nor holds on to anything. Undefined where they are too large to be of use.
 *
 * @throws what `redact` throws, and SqlError for what the database would not take either
 */
export function keepable(
  params: readonly unknown[],
  redact: RedactParameter | undefined,
): readonly unknown[] | undefined {
  if (params.length > MAX_PARAMETERS) return undefined;
  const kept: unknown[] = [];
  for (const [index, given] of params.entries()) {
    const value = redact ? redact(given, { number: index + 1 }) : given;
    const isPlain = typeof value === 'number' || typeof value === 'boolean' || value === null;
    const text = isPlain ? value : toText(value);
    if (typeof text === 'string' && text.length > MAX_VALUE_LENGTH) return undefined;
    kept.push(text);
  }
  return kept;
}
