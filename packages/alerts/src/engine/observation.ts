import { readValue } from '@evenkeel/core';
import type { Labels } from '../alert-state.ts';
import { labelKey, labelsField } from '../labels/labels.ts';

const NO_LABELS: Labels = {};

interface ObservationInput {
  readonly metric: string;
  readonly value: number;
  /** As they were given. */
  readonly labels: unknown;
  /** The engine's time. */
  readonly at: number;
  /** What was said with it. */
  readonly note?: string | undefined;
}

/** One observation, as all rules see it. Labels are only copied for who has not seen them before. */
export class Observation {
  readonly metric: string;
  readonly value: number;
  readonly at: number;
  readonly note: string | undefined;
  /** Of the labels, in whatever order they were given. */
  readonly key: string;
  readonly #given: unknown;
  #labels: Labels | undefined;

  /** @throws ConfigurationError for labels that are none */
  constructor({ metric, value, labels, at, note }: ObservationInput) {
    this.metric = metric;
    this.value = value;
    this.at = at;
    this.note = note;
    this.#given = labels;
    this.#labels = labels === undefined ? NO_LABELS : undefined;
    this.key = labels === undefined ? '' : (labelKey(labels) ?? labelKey(this.labels) ?? '');
  }

  get labels(): Labels {
    this.#labels ??= readValue('AlertManager.observe', 'labels', this.#given, labelsField);
    return this.#labels;
  }
}
