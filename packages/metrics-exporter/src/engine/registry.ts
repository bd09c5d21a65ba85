import { type Clock, ConfigurationError, StateError } from '@evenkeel/core';
import { BucketIndex } from './bucket-index.ts';
import { callSite } from './call-site.ts';
import { CounterFamily } from './counter.ts';
import type { FamilyHost } from './family.ts';
import { GaugeFamily } from './gauge.ts';
import { HistogramFamily } from './histogram.ts';
import { claimedNames, isWrittenByPrometheus } from './names.ts';
import {
  checkSameSchema,
  type Definition,
  type MetricSchema,
  readSchema,
  type SchemaDefaults,
} from './schema.ts';
import { SummaryFamily } from './summary.ts';
import { TimerFamily } from './timer.ts';

export type AnyFamily = CounterFamily | GaugeFamily | HistogramFamily | SummaryFamily | TimerFamily;

export interface RegistryOptions {
  readonly clock: Clock;
  readonly host: FamilyHost;
  readonly maxMetrics: number;
  readonly defaults: SchemaDefaults;
}

/** The metrics by name. The formats are functions over it. */
export class Registry implements Iterable<AnyFamily> {
  readonly #options: RegistryOptions;
  readonly #families = new Map<string, AnyFamily>();
  readonly #sites = new Map<string, string>();
  /** Which metric takes up a name of the text formats. */
  readonly #claims = new Map<string, string>();
  readonly #bucketIndexes = new Map<string, BucketIndex>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<AnyFamily> {
    return this.#families.values();
  }

  get size(): number {
    return this.#families.size;
  }

  get(name: string): AnyFamily | undefined {
    return this.#families.get(name);
  }

  /**
   * The metric of that name, made when there is none.
   *
   * @param caller the public function whose caller defines the metric
   * @throws ConfigurationError for a definition that can't be used or differs from the first
   * @throws StateError when there are `maxMetrics` already
   */
  define(name: string, definition: Definition, caller: (...args: never[]) => unknown): AnyFamily {
    const known = this.#families.get(name);
    if (known) {
      checkSameSchema(known.schema, definition, this.#sites.get(name) ?? '');
      return known;
    }
    const schema = readSchema(name, definition, this.#options.defaults);
    const claimed = claimedNames(schema.exportedName, schema.type);
    this.#checkClaims(schema, claimed);
    if (this.#families.size >= this.#options.maxMetrics) {
      throw new StateError(
        `metric ${JSON.stringify(name)} is one too many: ${this.#families.size} are defined; put what varies into labels, or raise maxMetrics`,
      );
    }
    for (const each of claimed) this.#claims.set(each, name);
    const family = this.#create(schema);
    this.#families.set(name, family);
    this.#sites.set(name, callSite(caller));
    return family;
  }

  #checkClaims(schema: MetricSchema, claimed: readonly string[]): void {
    const taken = claimed.find((name) => this.#claims.has(name) || isWrittenByPrometheus(name));
    if (taken === undefined) return;
    const owner = this.#claims.get(taken);
    const reason = owner === undefined ? 'which Prometheus writes itself' : `which ${owner} takes up`;
    throw new ConfigurationError(`metric ${JSON.stringify(schema.name)}`, [
      { path: 'name', value: schema.name, expected: `one that does not export ${taken}, ${reason}` },
    ]);
  }

  #create(schema: MetricSchema): AnyFamily {
    const { host, clock } = this.#options;
    switch (schema.type) {
      case 'counter':
        return new CounterFamily(schema, host);
      case 'gauge':
        return new GaugeFamily(schema, host);
      case 'histogram':
        return new HistogramFamily(schema, host, this.#bucketIndex(schema.buckets));
      case 'summary':
        return new SummaryFamily(schema, host);
      case 'timer':
        return new TimerFamily(schema, host, this.#bucketIndex(schema.buckets), clock);
    }
  }

  /** One for all metrics with the same buckets: its table is large, and most have the default ones. */
  #bucketIndex(bounds: readonly number[]): BucketIndex {
    const key = bounds.join();
    const index = this.#bucketIndexes.get(key) ?? new BucketIndex(bounds);
    this.#bucketIndexes.set(key, index);
    return index;
  }
}
