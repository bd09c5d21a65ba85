/// <reference lib="es2024.arraybuffer" />
import type { BackgroundJob, JobStatus } from './background-job.ts';
import { type Bitmap, BYTES_PER_PIXEL, boxFilter } from './bitmap.ts';
import { paintProduct } from './product-picture.ts';

/** Width and height of the thumbnails, in pixels: each divides the one before, and the first the pictures'. */
export const THUMBNAIL_SIZES = [128, 32] as const;

export type ThumbnailSize = (typeof THUMBNAIL_SIZES)[number];

const PICTURE_SIZE = 512;
const PICTURE_BYTES = PICTURE_SIZE * PICTURE_SIZE * BYTES_PER_PIXEL;

/* 48 MB of pictures are read ahead. */
const MOST_PICTURES = 48;

/* Thumbnails of so many products are kept: 7 MB. */
const MAX_KEPT = 100;

type Thumbnails = ReadonlyMap<ThumbnailSize, Bitmap>;

/**
 * Makes thumbnails of the pictures of all products, over and over, in batches: the pictures of a batch are read
 * into memory, one a slice, and then shrunk, one a slice.
 */
export class ImageResizer implements BackgroundJob {
  readonly name = 'image resizer';
  readonly cpuPriority = 'low';
  readonly memoryFootprint = 'large';
  readonly #products: number;
  /* Its memory goes back to the system when it shrinks, and not when garbage is collected next. */
  readonly #pool = new ArrayBuffer(0, { maxByteLength: MOST_PICTURES * PICTURE_BYTES });
  #batch = MOST_PICTURES;
  /* Products are numbered from 1. */
  #firstId = 1;
  #painted = 0;
  #resized = 0;
  readonly #kept = new Map<number, Thumbnails>();
  #finished = 0;

  /** @param products how many there are */
  constructor(products: number) {
    this.#products = products;
  }

  /** Products that have thumbnails now, the newest first. */
  get newest(): number[] {
    return [...this.#kept.keys()].reverse();
  }

  /** Of one of the latest products; they outlive `release`. */
  thumbnail(productId: number, size: ThumbnailSize): Bitmap | undefined {
    return this.#kept.get(productId)?.get(size);
  }

  work(): void {
    if (this.#resized >= this.#batch) this.#beginBatch();
    if (this.#painted < this.#batch) {
      this.#paint(this.#painted);
      this.#painted += 1;
    } else {
      this.#keep(this.#productOf(this.#resized), shrink(this.#picture(this.#resized)));
      this.#resized += 1;
    }
  }

  /** A smaller share makes the batches smaller, also the one under way, and their memory with them. */
  scale(share: number): void {
    this.#batch = Math.max(1, Math.round(MOST_PICTURES * share));
    this.#painted = Math.min(this.#painted, this.#batch);
    this.#pool.resize(Math.min(this.#pool.byteLength, this.#batch * PICTURE_BYTES));
  }

  release(): void {
    this.#beginBatch();
    this.#pool.resize(0);
  }

  status(): JobStatus {
    return { produced: `pictures resized: ${this.#finished}`, heldBytes: this.#pool.byteLength };
  }

  /** With the product that is next. */
  #beginBatch(): void {
    this.#firstId = this.#productOf(this.#resized);
    this.#painted = 0;
    this.#resized = 0;
  }

  #paint(slot: number): void {
    const needed = this.#batch * PICTURE_BYTES;
    if (this.#pool.byteLength < needed) this.#pool.resize(needed);
    paintProduct(this.#picture(slot), this.#productOf(slot));
  }

  #picture(slot: number): Bitmap {
    const pixels = new Uint8ClampedArray(this.#pool, slot * PICTURE_BYTES, PICTURE_BYTES);
    return { size: PICTURE_SIZE, pixels };
  }

  #productOf(slot: number): number {
    return 1 + ((this.#firstId - 1 + slot) % this.#products);
  }

  #keep(productId: number, thumbnails: Thumbnails): void {
    // The newest is the last.
    this.#kept.delete(productId);
    this.#kept.set(productId, thumbnails);
    this.#finished += 1;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function shrink(picture: Bitmap): Thumbnails {
  const thumbnails = new Map<ThumbnailSize, Bitmap>();
  let source = picture;
  for (const size of THUMBNAIL_SIZES) {
    source = boxFilter(source, size);
    thumbnails.set(size, source);
  }
  return thumbnails;
}
