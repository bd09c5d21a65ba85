import { QuantileSketch } from '@evenkeel/core';
import { Family, type FamilyHost } from './family.ts';
import type { BoundSummary, LabelValue, SummaryInstrument } from './instruments.ts';
import type { MetricSchema } from './schema.ts';
import { Series } from './series.ts';

export class SummarySeries extends Series implements BoundSummary {
  readonly #sketch = new QuantileSketch();

  observe(value: number): void {
    // The difference is NaN for NaN and the infinities, which would spoil the sum for good.
    if (typeof value === 'number' && value - value === 0) {
      this.#sketch.add(value);
      if (this.owner.watched) this.owner.recorded(this, value);
    } else {
      this.owner.rejectValue(this, value, 'finite numbers');
    }
  }

  get count(): number {
    return this.#sketch.count;
  }

  get sum(): number {
    return this.#sketch.sum;
  }

  /** `NaN` before the first observation. */
  quantile(quantile: number): number {
    return this.#sketch.quantile(quantile);
  }

  override reset(): void {
    this.#sketch.reset();
  }
}

export class SummaryFamily extends Family<SummarySeries> implements SummaryInstrument<string> {
  readonly type = 'summary';

  constructor(schema: MetricSchema, host: FamilyHost) {
    super(schema, host, (owner, values) => new SummarySeries(owner, values));
  }

  observe(value: number, labels?: Readonly<Record<string, LabelValue>>): void {
    (labels === undefined && this.only !== undefined ? this.only : this.find(labels)).observe(value);
  }
}
