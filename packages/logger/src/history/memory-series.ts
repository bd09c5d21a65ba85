import type { BenchmarkRecord, EventRecord, MetricDefinition } from '../log-record.ts';
import type { Cell, SeriesKind } from './cell.ts';
import { MAX_RUNS, MAX_SAMPLES } from './history.ts';
import { LastRecords } from './last-records.ts';
import type { Piece, Tier } from './reading-plan.ts';
import { SeriesTier } from './series-tier.ts';
import type { KeptCell } from './slice-builder.ts';

/* So that ranges which end before now have samples too. */
const KEPT_EVENTS = 5 * MAX_SAMPLES;

/** What {@link MemoryHistory} keeps of one metric, event type or benchmark. */
export class MemorySeries {
  readonly kind: SeriesKind;
  readonly name: string;
  definition: MetricDefinition | undefined;
  readonly events = new LastRecords<EventRecord>(KEPT_EVENTS);
  readonly runs = new LastRecords<BenchmarkRecord>(MAX_RUNS);
  readonly #tiers: readonly (readonly [Tier, SeriesTier])[];

  constructor(kind: SeriesKind, name: string, tiers: readonly Tier[]) {
    this.kind = kind;
    this.name = name;
    this.#tiers = tiers.map((tier) => [tier, new SeriesTier(kind, tier)]);
  }

  /** Takes in a cell of the finest step. */
  merge(time: number, cell: Cell, now: number): void {
    for (const [, cells] of this.#tiers) cells.merge(time, cell, now);
  }

  between({ stepMs, from, to }: Piece): Iterable<[time: number, cell: KeptCell]> {
    const [, cells] = this.#tiers.find(([tier]) => tier.stepMs === stepMs) ?? [];
    return cells?.between(from, to) ?? [];
  }

  /** Forgets what is too old; false where nothing is left to know. */
  expire(now: number): boolean {
    for (const [, cells] of this.#tiers) cells.expire(now);
    const keptMs = Math.max(...this.#tiers.map(([tier]) => tier.keptMs));
    this.events.forgetBefore(now - keptMs);
    this.runs.forgetBefore(now - keptMs);
    return this.definition !== undefined || this.#tiers.some(([, cells]) => !cells.isEmpty);
  }
}
