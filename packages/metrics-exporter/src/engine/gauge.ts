import { Family, type FamilyHost } from './family.ts';
import type { BoundGauge, GaugeInstrument, LabelValue } from './instruments.ts';
import type { MetricSchema } from './schema.ts';
import { Series } from './series.ts';

export class GaugeSeries extends Series implements BoundGauge {
  value = 0;

  set(value: number): void {
    if (typeof value === 'number') {
      this.value = value;
      if (this.owner.watched) this.owner.recorded(this, value);
    } else {
      this.owner.rejectValue(this, value, 'numbers');
    }
  }

  add(value: number): void {
    // An infinity or NaN that was added could never be taken away again.
    if (typeof value === 'number' && value - value === 0) {
      this.value += value;
      if (this.owner.watched) this.owner.recorded(this, this.value);
    } else {
      this.owner.rejectValue(this, value, 'finite numbers to be added');
    }
  }

  inc(value = 1): void {
    this.add(value);
  }

  dec(value = 1): void {
    this.add(-value);
  }

  override reset(): void {
    this.value = 0;
  }
}

export class GaugeFamily extends Family<GaugeSeries> implements GaugeInstrument<string> {
  readonly type = 'gauge';

  constructor(schema: MetricSchema, host: FamilyHost) {
    super(schema, host, (owner, values) => new GaugeSeries(owner, values));
  }

  set(value: number, labels?: Readonly<Record<string, LabelValue>>): void {
    (labels === undefined && this.only !== undefined ? this.only : this.find(labels)).set(value);
  }

  add(value: number, labels?: Readonly<Record<string, LabelValue>>): void {
    (labels === undefined && this.only !== undefined ? this.only : this.find(labels)).add(value);
  }

  inc(value?: number, labels?: Readonly<Record<string, LabelValue>>): void {
    this.find(labels).inc(value);
  }

  dec(value?: number, labels?: Readonly<Record<string, LabelValue>>): void {
    this.find(labels).dec(value);
  }
}
