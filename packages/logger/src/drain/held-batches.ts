import type { RecordBatch } from '../recording/record-reader.ts';

/** Batches that are read and not written yet, in their order. */
export class HeldBatches {
  readonly #batches: RecordBatch[] = [];

  get first(): RecordBatch | undefined {
    return this.#batches[0];
  }

  /** Records in them. */
  get count(): number {
    return this.#batches.reduce((sum, { count }) => sum + count, 0);
  }

  push(batch: RecordBatch): void {
    this.#batches.push(batch);
  }

  /** Gives how many records were in the one that is removed. */
  removeFirst(): number {
    return this.#batches.shift()?.count ?? 0;
  }

  /** Puts its two halves in the place of the first. Gives `false` where it is a single record. */
  divideFirst(): boolean {
    const [batch] = this.#batches;
    if (batch === undefined || batch.records.length < 2) return false;
    const middle = Math.ceil(batch.records.length / 2);
    this.#batches.splice(0, 1, part(batch, 0, middle), part(batch, middle));
    return true;
  }

  clear(): void {
    this.#batches.length = 0;
  }
}

function part({ records }: RecordBatch, from: number, to?: number): RecordBatch {
  const some = records.slice(from, to);
  return { records: some, count: some.filter(({ kind }) => kind !== 'definition').length };
}
