/** Slices of a window: it moves on by a tenth of its length at a time. */
export const SLICES = 10;

/** A slice whose time is over; `undefined` where nothing was written in it. */
export interface SliceAt<Slice> {
  readonly startMs: number;
  readonly slice: Slice | undefined;
}

export interface SlicedWindowOptions<Slice> {
  readonly windowMs: number;
  readonly create: () => Slice;
  /** Empties a slice whose time has left the window, for its next use. */
  readonly clear: (slice: Slice) => void;
}

/**
 * A sliding window over time as a ring of ten slices. It needs no timer: a slice is emptied when its place in
 * the ring is next written to, and one whose time has passed is not read. What it covers is therefore between
 * nine and ten tenths of its length.
 */
export class SlicedWindow<Slice> {
  readonly #options: SlicedWindowOptions<Slice>;
  readonly #sliceMs: number;
  readonly #ring: { epoch: number; readonly slice: Slice }[] = [];
  #open: Slice;
  #openUntilMs = -Infinity;

  constructor(options: SlicedWindowOptions<Slice>) {
    this.#options = options;
    this.#sliceMs = options.windowMs / SLICES;
    this.#open = options.create();
    this.#ring.push({ epoch: -Infinity, slice: this.#open });
  }

  /** The slice that `nowMs` falls in, to be written to. Times must not go back. */
  at(nowMs: number): Slice {
    return nowMs < this.#openUntilMs ? this.#open : this.#advance(nowMs);
  }

  /** When the window begins that ends at `nowMs`. */
  startMs(nowMs: number): number {
    return (this.#epoch(nowMs) - SLICES + 1) * this.#sliceMs;
  }

  /** Slices within the window that ends at `nowMs`, in no order; those never written to are left out. */
  read(nowMs: number): Slice[] {
    const epoch = this.#epoch(nowMs);
    return this.#ring
      .filter((entry) => entry.epoch > epoch - SLICES && entry.epoch <= epoch)
      .map(({ slice }) => slice);
  }

  /** Slices within the window whose time is over and had not begun before `sinceMs`, oldest first. */
  complete(nowMs: number, sinceMs: number): SliceAt<Slice>[] {
    const epoch = this.#epoch(nowMs);
    const first = Math.max(epoch - SLICES + 1, Math.ceil(sinceMs / this.#sliceMs));
    return Array.from({ length: Math.max(0, epoch - first) }, (_, index) => ({
      startMs: (first + index) * this.#sliceMs,
      slice: this.#ring.find((entry) => entry.epoch === first + index)?.slice,
    }));
  }

  #epoch(nowMs: number): number {
    return Math.floor(nowMs / this.#sliceMs);
  }

  #advance(nowMs: number): Slice {
    const epoch = this.#epoch(nowMs);
    // The ring grows only as far as slices are in use at once, so that what is rarely recorded stays small.
    let entry = this.#ring.find((each) => each.epoch <= epoch - SLICES);
    if (entry) {
      this.#options.clear(entry.slice);
      entry.epoch = epoch;
    } else {
      entry = { epoch, slice: this.#options.create() };
      this.#ring.push(entry);
    }
    this.#open = entry.slice;
    this.#openUntilMs = (epoch + 1) * this.#sliceMs;
    return entry.slice;
  }
}
