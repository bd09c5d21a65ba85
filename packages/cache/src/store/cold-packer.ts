import type { Clock, Disposer } from '@evenkeel/core';
import type { Compressor } from '../values/compression.ts';
import type { Serializer } from '../values/serializer.ts';
import type { Entry } from './entry.ts';
import { ENTRY_BYTES } from './layout.ts';

/** What stands for a value that was packed. */
export class Packed {
  readonly payload: Uint8Array;
  /** What the value itself took. */
  readonly bytes: number;

  constructor(payload: Uint8Array, bytes: number) {
    this.payload = payload;
    this.bytes = bytes;
  }
}

export interface ColdPackerOptions {
  readonly serializer: Serializer;
  readonly compressor: Compressor;
  readonly clock: Clock;
  /** Entries of fewer bytes are left alone. */
  readonly threshold: number;
  /** Puts the packed value in the place of the entry's value. */
  pack(entry: Entry, packed: Packed): void;
}

/* Entries that wait to be packed; the others are found again by the next pass. */
const MAX_WAITING = 1000;

/**
 * Packs large values that were not read between two passes of the sweeper: reading one that is packed takes hundreds
 * of times as long as a hit. Outside of the sweeper's slices, one value at a time.
 */
export class ColdPacker {
  readonly #options: ColdPackerOptions;
  readonly #waiting = new Set<Entry>();
  #cancel: Disposer | undefined;
  #packed = 0;
  #unpacked = 0;

  constructor(options: ColdPackerOptions) {
    this.#options = options;
  }

  /** Values packed so far, and those that were read again. */
  get counts(): { readonly packed: number; readonly unpacked: number } {
    return { packed: this.#packed, unpacked: this.#unpacked };
  }

  /** A pass has come to the entry. Returns whether the cache should tell, by the next pass, if it is read. */
  visit(entry: Entry): boolean {
    if (entry.bytes < this.#options.threshold || entry.table.values[entry.index] instanceof Packed)
      return false;
    if (!entry.onProbation) return true;
    if (this.#waiting.size < MAX_WAITING) this.#waiting.add(entry);
    this.#cancel ??= this.#options.clock.setTimeout(() => this.#next(), 0);
    return false;
  }

  unpack({ payload }: Packed): unknown {
    this.#unpacked++;
    return this.#options.serializer.deserialize(this.#options.compressor.decompressSync(payload));
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waiting.clear();
  }

  #next(): void {
    this.#cancel = undefined;
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry);
      void this.#pack(entry);
      break;
    }
    if (this.#waiting.size > 0) this.#cancel = this.#options.clock.setTimeout(() => this.#next(), 0);
  }

  async #pack(entry: Entry): Promise<void> {
    const { key, table, index } = entry;
    if (table.entries[index] !== entry || !entry.onProbation) return;
    const value = table.values[index];
    let bytes: Uint8Array;
    try {
      bytes = this.#options.serializer.serialize(value);
    } catch {
      // A value that cannot be serialized stays as it is.
      return;
    }
    const payload = await this.#options.compressor.compress(key, bytes);
    if (table.entries[index] !== entry || table.values[index] !== value || !entry.onProbation) return;
    // Incompressible values come back as they are, with a byte before them.
    if (payload.length > bytes.length) return;
    // By the user's own reckoning it may be smaller as it is.
    if (ENTRY_BYTES + key.length + payload.length >= entry.bytes) return;
    this.#packed++;
    this.#options.pack(entry, new Packed(payload, entry.bytes));
  }
}
