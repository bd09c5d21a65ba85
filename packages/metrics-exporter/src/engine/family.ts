import { describeValue } from '@evenkeel/core';
import type { LabelValue } from './instruments.ts';
import { LabelTree, textOfLabel } from './label-tree.ts';
import type { MetricSchema } from './schema.ts';
import type { RejectionReason, Series, SeriesOwner } from './series.ts';
import { wellFormed } from './text.ts';

/** The value of every label of an overflow series. */
export const OVERFLOW = '__overflow__';

/* Nothing that is worth a label is longer; without a bound, `maxSeries` would not bound the memory. */
export const MAX_LABEL_VALUE_LENGTH = 1024;

/** What the families tell the collector. */
export interface FamilyHost {
  /** @param explain what was wrong, asked for only when it is going to be reported */
  rejected(metric: string, reason: RejectionReason, explain: () => string): void;
  overflowed(metric: string): void;
  recorded(schema: MetricSchema, series: Series, value: number): void;
}

/** All series of one metric: finds the one of a label set, makes it, and keeps their number in bounds. */
export abstract class Family<S extends Series> implements SeriesOwner {
  readonly schema: MetricSchema;
  /** The one series of a metric without labels, so that recording on it need not look for it. */
  readonly only: S | undefined;
  watched = false;
  /** How often the overflow series stood in for another, since there was room last. */
  overflowed = 0;
  readonly #host: FamilyHost;
  readonly #create: (owner: SeriesOwner, values: readonly string[]) => S;
  readonly #tree: LabelTree<S>;
  #series: S[] = [];
  #overflow: S | undefined;
  #unexported: S | undefined;

  constructor(
    schema: MetricSchema,
    host: FamilyHost,
    create: (owner: SeriesOwner, values: readonly string[]) => S,
  ) {
    this.schema = schema;
    this.#host = host;
    this.#create = create;
    this.#tree = new LabelTree(schema.labels);
    if (schema.labels.length === 0) {
      this.only = create(this, []);
      this.#series.push(this.only);
    }
  }

  /** In the order of their creation, the overflow series included. */
  get series(): readonly S[] {
    return this.#series;
  }

  labels(labels: Readonly<Record<string, LabelValue>>): S {
    return this.find(labels);
  }

  labelValues(...values: readonly LabelValue[]): S {
    return this.only === undefined ? (this.#tree.at(values) ?? this.#fromValues(values)) : this.#bare(values);
  }

  /** The series of a label set, made when it is new. Never throws: see {@link Labelled}. */
  find(labels: Readonly<Record<string, LabelValue>> | undefined): S {
    if (this.only !== undefined || labels === undefined || labels === null) return this.#fromLabels(labels);
    return this.#tree.find(labels) ?? this.#fromLabels(labels);
  }

  /** Removes the series whose labels include all of these; says how many there were. */
  remove(labels: Readonly<Record<string, LabelValue>>): number {
    if (this.only !== undefined) return 0;
    const names = this.schema.labels;
    const wanted = names.map((name) => textOfLabel(labels[name]));
    // A name that is not declared, or has no value, is a mistake, and must not be taken for "any".
    if (Object.keys(labels).some((name) => wanted[names.indexOf(name)] === undefined)) return 0;
    const kept: S[] = [];
    for (const series of this.#series) {
      if (wanted.every((value, index) => value === undefined || value === series.values[index])) {
        this.#forget(series);
      } else {
        kept.push(series);
      }
    }
    const removed = this.#series.length - kept.length;
    this.#series = kept;
    if (removed > 0) this.overflowed = 0;
    return removed;
  }

  reset(): void {
    for (const series of this.#series) series.reset();
    this.overflowed = 0;
  }

  recorded(series: Series, value: number): void {
    if (series !== this.#unexported) this.#host.recorded(this.schema, series, value);
  }

  rejectValue(series: Series, value: unknown, accepted: string): void {
    // Its labels have been reported already.
    if (series === this.#unexported) return;
    this.#host.rejected(
      this.schema.name,
      'value',
      () => `${this.schema.name} takes ${accepted}, got ${describeValue(value)}`,
    );
  }

  #fromLabels(labels: Readonly<Record<string, LabelValue>> | undefined): S {
    const names = this.schema.labels;
    const given = typeof labels === 'object' && labels !== null ? labels : {};
    const values = names.map((name) => textOfLabel(given[name]));
    const fits = values.every((value) => value !== undefined) && countNames(given) === names.length;
    return fits ? this.#fromTexts(values) : this.#misfit(given);
  }

  #fromValues(values: readonly LabelValue[]): S {
    const texts = values.map(textOfLabel);
    const fits = texts.length === this.schema.labels.length && texts.every((value) => value !== undefined);
    return fits ? this.#fromTexts(texts) : this.#misfit(values);
  }

  #bare(values: readonly LabelValue[]): S {
    return values.length === 0 && this.only ? this.only : this.#misfit(values);
  }

  #fromTexts(texts: readonly string[]): S {
    if (this.only !== undefined) return this.only;
    const values = texts.map(wellFormed);
    const known = this.#tree.at(values);
    if (known !== undefined) return known;
    const labelled = this.#series.length - (this.#overflow === undefined ? 0 : 1);
    const isOverflow = values.every((value) => value === OVERFLOW);
    const tooLong = values.some((value) => value.length > MAX_LABEL_VALUE_LENGTH);
    if (!isOverflow && !tooLong && labelled < this.schema.maxSeries) return this.#add(values);
    this.overflowed += 1;
    this.#host.overflowed(this.schema.name);
    this.#overflow ??= this.#add(this.schema.labels.map(() => OVERFLOW));
    return this.#overflow;
  }

  #add(values: readonly string[]): S {
    const series = this.#create(this, values);
    this.#series.push(series);
    this.#tree.set(values, series);
    return series;
  }

  #forget(series: S): void {
    this.#tree.delete(series.values);
    if (series === this.#overflow) this.#overflow = undefined;
    series.detach();
  }

  /** Takes recordings whose labels say no series: they are counted, and not exported. */
  #misfit(given: object): S {
    const { name, labels } = this.schema;
    this.#host.rejected(name, 'labels', () => {
      const expected =
        labels.length === 0
          ? 'no labels'
          : `exactly the labels ${labels.join(', ')} as text, numbers or booleans`;
      return `${name} takes ${expected}, got ${describeValue(given)}`;
    });
    this.#unexported ??= this.#create(this, []);
    return this.#unexported;
  }
}

function countNames(labels: object): number {
  let count = 0;
  for (const _ in labels) count++;
  return count;
}
