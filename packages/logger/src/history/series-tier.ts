import type { QuantileSketch } from '@evenkeel/core/statistics';
import { Cell, type SeriesKind } from './cell.ts';
import { packSketch, sketchOf, unpackSketch } from './packed-sketch.ts';
import type { Tier } from './reading-plan.ts';
import type { KeptCell } from './slice-builder.ts';

/* Count, sum, minimum and maximum, 8 bytes each, and the packed sketch. */
const NUMBERS_BYTES = 32;

/**
 * The cells of one series in one tier, by the start of their steps. All but the one written last are packed into
 * strings of single bytes, which take a quarter of what objects do.
 */
export class SeriesTier {
  readonly #kind: SeriesKind;
  readonly #tier: Tier;
  readonly #packed = new Map<number, string>();
  #openTime = Number.NaN;
  #open: Cell | undefined;

  constructor(kind: SeriesKind, tier: Tier) {
    this.#kind = kind;
    this.#tier = tier;
  }

  get isEmpty(): boolean {
    return this.#open === undefined && this.#packed.size === 0;
  }

  /** Takes in the values of a cell of a finer step, where its time is kept. */
  merge(time: number, cell: Cell, now: number): void {
    const step = Math.floor(time / this.#tier.stepMs) * this.#tier.stepMs;
    if (this.#isKept(step, now)) this.#openAt(step).merge(cell);
  }

  /** Cells whose steps begin from `from` on, before `to`. */
  *between(from: number, to: number): IterableIterator<[time: number, cell: KeptCell]> {
    if (this.#open !== undefined && this.#openTime >= from && this.#openTime < to) {
      yield [this.#openTime, this.#open];
    }
    for (const [time, packed] of this.#packed) {
      if (time >= from && time < to) yield [time, unpack(packed)];
    }
  }

  /** Forgets what is older than it is to be kept, or as far in the future: a clock was wrong then. */
  expire(now: number): void {
    if (this.#open !== undefined && !this.#isKept(this.#openTime, now)) this.#open = undefined;
    for (const time of this.#packed.keys()) if (!this.#isKept(time, now)) this.#packed.delete(time);
  }

  #isKept(time: number, now: number): boolean {
    return Math.abs(now - time) <= this.#tier.keptMs + this.#tier.stepMs;
  }

  #openAt(time: number): Cell {
    if (this.#open !== undefined && time === this.#openTime) return this.#open;
    if (this.#open !== undefined) this.#packed.set(this.#openTime, pack(this.#open));
    const packed = this.#packed.get(time);
    this.#packed.delete(time);
    this.#openTime = time;
    this.#open = packed === undefined ? Cell.of(this.#kind) : reopened(packed);
    return this.#open;
  }
}

function pack(cell: Cell): string {
  const sketch = cell.sketch === undefined ? new Uint8Array(0) : packSketch(cell.sketch.toJSON());
  const bytes = Buffer.alloc(NUMBERS_BYTES + sketch.length);
  [cell.count, cell.sum, cell.min, cell.max].forEach((number, index) => {
    bytes.writeDoubleLE(number, 8 * index);
  });
  bytes.set(sketch, NUMBERS_BYTES);
  return bytes.toString('latin1');
}

interface UnpackedCell extends KeptCell {
  readonly sketch?: Uint8Array;
}

function unpack(packed: string): UnpackedCell {
  const bytes = Buffer.from(packed, 'latin1');
  const [count = 0, sum = 0, min = 0, max = 0] = [0, 8, 16, 24].map((at) => bytes.readDoubleLE(at));
  const numbers = { count, sum, min, max };
  return bytes.length > NUMBERS_BYTES ? { ...numbers, sketch: bytes.subarray(NUMBERS_BYTES) } : numbers;
}

function reopened(packed: string): Cell {
  const unpacked = unpack(packed);
  const cell = new Cell(sketchIn(unpacked));
  cell.mergeNumbers(unpacked);
  return cell;
}

function sketchIn(cell: UnpackedCell): QuantileSketch | undefined {
  return cell.sketch === undefined ? undefined : sketchOf(unpackSketch(cell.sketch), cell);
}
