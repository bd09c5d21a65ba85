import type { MetricDefinition } from '../log-record.ts';
import type { DataCopier } from './copy-data.ts';
import type { Ring } from './ring.ts';
import { metricShape, type Shape } from './shapes.ts';
import type { SharedTime } from './shared-time.ts';

/** Records the values of one metric. Keep it where the values come up: it is the fastest way to record. */
export interface MetricHandle {
  readonly definition: MetricDefinition;
  /**
   * Records a value, in the unit of the definition, now. One that is no finite number is refused and counted. The
   * context is copied, as the data of an event is. Whatever is given, it does not throw.
   */
  record(value: number, context?: object): void;
}

/** What the metrics of a recorder share. */
export interface MetricParts {
  readonly ring: Ring<Shape>;
  readonly time: SharedTime;
  readonly copier: DataCopier;
  /** Told of each value that is not recorded. */
  refused(): void;
}

/** The handle of a recorder's metric. */
export class RingMetric implements MetricHandle {
  /* Values that are recorded already read with the new one too; names never change. */
  definition: MetricDefinition;
  readonly #parts: MetricParts;
  readonly #ring: Ring<Shape>;
  readonly #time: SharedTime;
  readonly #plainId: number;
  readonly #contextId: number;

  constructor(definition: MetricDefinition, parts: MetricParts) {
    this.definition = definition;
    this.#parts = parts;
    this.#ring = parts.ring;
    this.#time = parts.time;
    this.#plainId = parts.ring.register(metricShape(this, false));
    this.#contextId = parts.ring.register(metricShape(this, true));
  }

  record(value: number, context?: object): void {
    if (!Number.isFinite(value)) {
      this.#parts.refused();
      return;
    }
    if (context !== undefined && context !== null) {
      this.#recordWith(value, context);
      return;
    }
    const ring = this.#ring;
    ring.numbers[ring.number & ring.numberMask] = value + 0;
    ring.commit(this.#plainId, this.#time.now(), 1, 0, 0);
  }

  #recordWith(value: number, context: object): void {
    const { copier } = this.#parts;
    const ring = this.#ring;
    // First: it may call what records something itself.
    const copy = copier.copy(context);
    ring.numbers[ring.number & ring.numberMask] = value + 0;
    ring.references[ring.reference & ring.referenceMask] = copy;
    ring.commit(this.#contextId, this.#time.now(), 1, 1, copier.weight);
  }
}
