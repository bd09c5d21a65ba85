import { AlertManager } from '@evenkeel/alerts';
import {
  type ComponentState,
  callWithTimeout,
  type EventSink,
  errorMessage,
  type ManagedComponent,
  type Meter,
  noopEventSink,
  noopMeter,
} from '@evenkeel/core';
import { PerformanceLogger, type ReportDelivery } from '@evenkeel/logger';
import { MetricsCollector } from '@evenkeel/metrics-exporter';
import type { ComponentRow, CreationContext } from './components/row.ts';
import { COMPONENT_ROWS } from './components/table.ts';
import type { PerformanceConfig } from './configuration/schema.ts';
import type { HostParts } from './host.ts';

/**
 * Makes the component of each row, in order; those after the metrics measure by them, those after the logger record in
 * it. Starts nothing.
 */
export function createParts(
  config: PerformanceConfig,
  host: HostParts,
  { books, advice }: Pick<CreationContext<unknown>, 'books' | 'advice'>,
): Part[] {
  let meter: Meter = noopMeter;
  let sink: EventSink = noopEventSink;
  let delivery: ReportDelivery | undefined;
  return COMPONENT_ROWS.map((row: ComponentRow) => {
    const own = config[row.section as keyof PerformanceConfig];
    const common = { ...host, books, advice, stopTimeout: config.shutdownTimeout };
    const creation = { ...common, config: own, meter, sink, delivery };
    const component = row.create(creation);
    if (component instanceof MetricsCollector) meter = component;
    if (component instanceof AlertManager) delivery = component;
    if (component instanceof PerformanceLogger) sink = component;
    return new Part(row, component, creation);
  });
}

/** A component with what the system knows of it. */
export class Part {
  readonly row: ComponentRow;
  readonly component: ManagedComponent;
  /** What it was created from. */
  readonly creation: CreationContext<unknown>;
  #state: ComponentState = { kind: 'stopped' };

  constructor(row: ComponentRow, component: ManagedComponent, creation: CreationContext<unknown>) {
    this.row = row;
    this.component = component;
    this.creation = creation;
  }

  get name(): string {
    return this.row.name;
  }

  get state(): ComponentState {
    return this.#state;
  }

  /** Starts the component within the time; rejects with what went wrong, which the state says too. */
  start(timeoutMs: number): Promise<void> {
    return this.#move('starting', 'running', timeoutMs, () => this.component.start());
  }

  /** Stops the component within the time; rejects with what went wrong, which the state says too. */
  stop(timeoutMs: number): Promise<void> {
    return this.#move('stopping', 'stopped', timeoutMs, () => this.component.stop());
  }

  async #move(
    during: 'starting' | 'stopping',
    after: 'running' | 'stopped',
    timeoutMs: number,
    action: () => void | Promise<void>,
  ): Promise<void> {
    const { clock } = this.creation;
    this.#state = { kind: during };
    const what = `${during} component ${JSON.stringify(this.name)}`;
    try {
      await callWithTimeout(action, { timeoutMs, what, clock });
      this.#state = after === 'running' ? { kind: after, since: clock.now() } : { kind: after };
    } catch (error) {
      this.#state = { kind: 'failed', error: errorMessage(error), since: clock.now() };
      throw error;
    }
  }
}
