import { errorMessage, toError } from '@evenkeel/core';
import type { DrainEvents, SinkOperation } from './drain-events.ts';

/** What a {@link SinkHealth} tells. */
export interface SinkHealthObserver {
  failed(event: DrainEvents['sink_failed']): void;
  recovered(event: DrainEvents['sink_recovered']): void;
}

/** Whether a sink works, by its last tries. */
export class SinkHealth {
  readonly #sink: string;
  readonly #observer: SinkHealthObserver;
  #failures = 0;
  #lastError: string | undefined;

  constructor(sink: string, observer: SinkHealthObserver) {
    this.#sink = sink;
    this.#observer = observer;
  }

  /** Tries that have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  get lastError(): string | undefined {
    return this.#lastError;
  }

  failed(operation: SinkOperation, thrown: unknown): void {
    this.#failures += 1;
    this.#lastError = errorMessage(thrown);
    this.#observer.failed({ sink: this.#sink, operation, error: toError(thrown), failures: this.#failures });
  }

  worked(): void {
    const failures = this.#failures;
    if (failures === 0) return;
    this.#failures = 0;
    this.#observer.recovered({ sink: this.#sink, failures });
  }
}
