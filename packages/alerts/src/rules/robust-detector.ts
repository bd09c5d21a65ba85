import { MAD_NORMAL_SCALE, quantileOfSorted } from '@evenkeel/core/statistics';
import type { AnomalyDetector, AnomalyVerdict } from './rule.ts';

/* Of values: what is normal is what they were in the last hundreds. 4 KB a series. */
const WINDOW = 256;
/* Below this many, median and spread are guesses. */
const LEAST = 48;
/* Sorting costs as much as all the rest; what is normal changes slowly. */
const RELEARN_AFTER = 16;
/* Distances from the median, in standard deviations, that are never news. */
const LEAST_LIMIT = 4;
/* Beyond what the series itself has shown: with heavy tails the limit is wide, with noise as of a bell it is the least. */
const TAIL_QUANTILE = 0.99;
const TAIL_FACTOR = 1.5;
/* One value far out is an outlier, that many in a row are an anomaly. */
const IN_A_ROW = 3;
/* A level that has lasted for so many values is no anomaly any more but the new norm. */
const ADOPTED_AFTER = 128;
/* Of the median: what rounds away in most sensors, and all the spread that a constant series has. */
const LEAST_RELATIVE_SPREAD = 1e-6;

const CALM: AnomalyVerdict = { isAnomaly: false, expected: [-Infinity, Infinity], score: 0 };

/** What the last values say is normal. */
interface Norm {
  readonly median: number;
  /** Distance from the median that is still expected. */
  readonly reach: number;
}

/**
 * Finds values far from the median of the last 256, by the median absolute deviation (Hampel's identifier: outliers
 * up to half of the values do not spoil it) and by how far the series itself used to stray: it needs no setting
 * for a scale or a distribution. It wants three in a row, and 48 values before the first verdict.
 *
 * It learns nothing from an anomaly, until that has lasted for 128 values: then it begins anew with them. It knows neither seasons nor trends: for those
 * give a detector of your own.
 */
export class RobustDetector implements AnomalyDetector {
  readonly #values = new Float64Array(WINDOW);
  #count = 0;
  #norm: Norm | undefined;
  /* Values beyond the norm, one after the other, on one side of it. */
  #inARow = 0;
  #side = 0;
  #suspects: number[] = [];

  observe(value: number): AnomalyVerdict {
    const verdict = this.#judge(value);
    if (this.#inARow >= ADOPTED_AFTER) this.#forget();
    if (this.#inARow >= IN_A_ROW) {
      this.#suspects = [];
      return verdict;
    }
    // The first ones beyond the norm may be outliers, which are learnt from, or the beginning of an anomaly.
    if (this.#inARow <= 1) for (const suspect of this.#suspects.splice(0)) this.#add(suspect);
    if (this.#inARow > 0) this.#suspects.push(value);
    else this.#add(value);
    return verdict;
  }

  #add(value: number): void {
    this.#values[this.#count % WINDOW] = value;
    this.#count += 1;
    if (this.#count >= LEAST && this.#count % RELEARN_AFTER === 0) this.#learn();
  }

  #forget(): void {
    this.#count = 0;
    this.#norm = undefined;
    this.#inARow = 0;
  }

  #judge(value: number): AnomalyVerdict {
    if (!this.#norm) return CALM;
    const { median, reach } = this.#norm;
    const score = Math.abs(value - median) / reach;
    const side = score > 1 ? Math.sign(value - median) : 0;
    this.#inARow = side !== 0 && side === this.#side ? this.#inARow + 1 : Math.abs(side);
    this.#side = side;
    return { isAnomaly: this.#inARow >= IN_A_ROW, expected: [median - reach, median + reach], score };
  }

  #learn(): void {
    const values = this.#values.slice(0, Math.min(this.#count, WINDOW)).sort();
    const median = quantileOfSorted(values, 0.5);
    const distances = values.map((value) => Math.abs(value - median)).sort();
    const mad = MAD_NORMAL_SCALE * quantileOfSorted(distances, 0.5);
    // Where more than half of the values are equal, the deviation of the others is all there is.
    const spread = Math.max(mad, mad === 0 ? mean(distances) : 0, LEAST_RELATIVE_SPREAD * Math.abs(median));
    const tail = TAIL_FACTOR * quantileOfSorted(distances, TAIL_QUANTILE);
    this.#norm = { median, reach: Math.max(LEAST_LIMIT * spread, tail, Number.MIN_VALUE) };
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
