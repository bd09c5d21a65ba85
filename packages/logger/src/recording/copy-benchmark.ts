import type { BenchmarkMeasurement, BenchmarkRecord } from '../log-record.ts';
import type { DataCopier } from './copy-data.ts';
import { readName, textWeight } from './text.ts';

/* More than a reader of a report looks at. */
const MAX_MEASUREMENTS = 1000;

/** As it is kept: without its time. */
export interface CopiedBenchmark {
  readonly benchmark: Omit<BenchmarkRecord, 'time'>;
  /** Bytes that it holds, about. */
  readonly weight: number;
}

/** A bounded copy of a run; `undefined` where its duration is no finite number. Never throws. */
export function copyBenchmark(
  run: Omit<BenchmarkRecord, 'kind' | 'time'>,
  copier: DataCopier,
): CopiedBenchmark | undefined {
  try {
    const { durationMs, context } = run;
    if (!Number.isFinite(durationMs)) return undefined;
    const id = readName(run.id);
    let weight = textWeight(id);
    const measurements = run.measurements.slice(0, MAX_MEASUREMENTS).map((given): BenchmarkMeasurement => {
      const label = readName(given.label);
      weight += 2 * textWeight(label);
      return { label, elapsedMs: finite(given.elapsedMs), deltaMs: finite(given.deltaMs) };
    });
    if (context === undefined)
      return { benchmark: { kind: 'benchmark', id, durationMs, measurements }, weight };
    const copy = copier.copy(context);
    return {
      benchmark: { kind: 'benchmark', id, durationMs, measurements, context: copy },
      weight: weight + copier.weight,
    };
  } catch {
    return undefined;
  }
}

function finite(ms: number): number {
  return Number.isFinite(ms) ? ms : 0;
}
