import type { BoundCounter } from '@evenkeel/core';
import { Family, type FamilyHost } from './family.ts';
import type { CounterInstrument, LabelValue } from './instruments.ts';
import type { MetricSchema } from './schema.ts';
import { Series } from './series.ts';

export class CounterSeries extends Series implements BoundCounter {
  value = 0;

  inc(value = 1): void {
    if (typeof value === 'number' && value >= 0 && value < Infinity) {
      this.value += value;
      if (this.owner.watched) this.owner.recorded(this, value);
    } else {
      this.owner.rejectValue(this, value, 'finite numbers of at least 0');
    }
  }

  override reset(): void {
    this.value = 0;
  }
}

export class CounterFamily extends Family<CounterSeries> implements CounterInstrument<string> {
  readonly type = 'counter';

  constructor(schema: MetricSchema, host: FamilyHost) {
    super(schema, host, (owner, values) => new CounterSeries(owner, values));
  }

  inc(value?: number, labels?: Readonly<Record<string, LabelValue>>): void {
    (labels === undefined && this.only !== undefined ? this.only : this.find(labels)).inc(value);
  }
}
