import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { resourceLimits } from 'node:worker_threads';
import type { ResourceReading, ResourceSensor } from '../pressure/resource-sensor.ts';

export interface HeapSensorOptions {
  /** Options that Node was started with. @defaultValue those of NODE_OPTIONS and of the command line */
  readonly flags?: string;
  /** Limit on the old generation of a worker's heap, in MiB. @defaultValue worker_threads.resourceLimits */
  readonly workerLimitMb?: number | undefined;
  /** @defaultValue v8.getHeapStatistics().heap_size_limit */
  readonly heapSizeLimit?: number;
}

const MIB = 1024 * 1024;

/* What V8 sets aside for young objects unless told otherwise: 3/128 of the old generation, up to 3 × 16 MiB. */
const YOUNG_RATIO = 3 / 131;
const MAX_YOUNG_BYTES = 48 * MIB;
/** A young generation is made of two semi-spaces and room for large objects. */
const YOUNG_PER_SEMI_SPACE = 3;

/**
 * V8's old generation, of the limit at which V8 ends the process: it can be reached long before a memory limit,
 * and a memory limit long before it, so it stands beside `MemorySensor`.
 *
 * `heap_size_limit` would not do: it contains the young generation, which the old one never may use. With
 * `--max-old-space-size=128` the process ends when it has used 73 % of that.
 */
export class HeapSensor implements ResourceSensor {
  readonly resource = 'memory';
  readonly #limitBytes: number;

  constructor({
    flags = [process.env.NODE_OPTIONS, ...process.execArgv].join(' '),
    workerLimitMb = resourceLimits.maxOldGenerationSizeMb,
    heapSizeLimit = getHeapStatistics().heap_size_limit,
  }: HeapSensorOptions = {}) {
    this.#limitBytes = workerLimitMb ? workerLimitMb * MIB : oldGenerationLimit(flags, heapSizeLimit);
  }

  read(): ResourceReading {
    let usedBytes = 0;
    for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
      if (!name.startsWith('new_') && name !== 'read_only_space') usedBytes += used;
    }
    const limitBytes = this.#limitBytes;
    return { utilization: usedBytes / limitBytes, evidence: { usedBytes, limitBytes, source: 'heap' } };
  }
}

function oldGenerationLimit(flags: string, heapSizeLimit: number): number {
  const oldMb = megabytes(flags, 'old');
  if (oldMb) return oldMb * MIB;
  const semiMb = megabytes(flags, 'semi');
  const youngBytes = semiMb
    ? semiMb * YOUNG_PER_SEMI_SPACE * MIB
    : Math.min(MAX_YOUNG_BYTES, heapSizeLimit * YOUNG_RATIO);
  return youngBytes < heapSizeLimit ? heapSizeLimit - youngBytes : heapSizeLimit;
}

/** Of several the last holds: that of the command line. V8 takes `_` for `-`. */
function megabytes(flags: string, space: string): number {
  const flag = new RegExp(`--max[-_]${space}[-_]space[-_]size[= ](\\d+)`, 'g');
  return Number([...flags.matchAll(flag)].at(-1)?.[1] ?? 0);
}
