import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bitmap, boxFilter, newBitmap, toBmp } from '../../src/background/bitmap.ts';
import { ImageResizer } from '../../src/background/image-resizer.ts';
import { paintProduct } from '../../src/background/product-picture.ts';

const MB = 2 ** 20;

function meanOf({ pixels }: Bitmap, channel: number): number {
  let sum = 0;
  for (let at = channel; at < pixels.length; at += 4) sum += pixels[at] ?? 0;
  return sum / (pixels.length / 4);
}

describe('boxFilter', () => {
  it('gives each pixel the mean of those it stands for', () => {
    const size = 4;
    const pixels = Uint8ClampedArray.from({ length: 64 }, (_, at) => (at % 4 === 3 ? 255 : at));
    const { pixels: shrunk } = boxFilter({ size, pixels }, 2);
    // Red of the box at the top left: (0 + 4 + 16 + 20) / 4.
    expect([...shrunk]).toEqual([10, 11, 12, 255, 18, 19, 20, 255, 42, 43, 44, 255, 50, 51, 52, 255]);
  });

  it('keeps the mean colour of any picture, in one step or two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16 * 16 * 4, maxLength: 16 * 16 * 4 }), (bytes) => {
        const picture = { size: 16, pixels: Uint8ClampedArray.from(bytes) };
        const half = boxFilter(picture, 8);
        const quarter = boxFilter(half, 4);
        for (const channel of [0, 1, 2]) {
          const mean = meanOf(picture, channel);
          // Each step rounds each pixel by half at the most.
          expect(Math.abs(meanOf(half, channel) - mean)).toBeLessThanOrEqual(0.5);
          expect(Math.abs(meanOf(quarter, channel) - mean)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('toBmp', () => {
  it('writes headers and pixels as the format has them', () => {
    const pixels = Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255);
    const file = toBmp({ size: 2, pixels });
    expect(file.toString('latin1', 0, 2)).toBe('BM');
    expect([file.readUInt32LE(2), file.length, file.readUInt32LE(10)]).toEqual([70, 70, 54]);
    expect([file.readInt32LE(18), file.readInt32LE(22), file.readUInt16LE(28)]).toEqual([2, -2, 32]);
    expect([...file.subarray(54)]).toEqual([3, 2, 1, 0, 6, 5, 4, 0, 9, 8, 7, 0, 12, 11, 10, 0]);
  });
});

describe('ImageResizer', () => {
  const run = (resizer: ImageResizer, slices: number): void => {
    for (let slice = 0; slice < slices; slice++) resizer.work();
  };

  it('makes the thumbnails of every product in turn, and then again', () => {
    const resizer = new ImageResizer(50);
    run(resizer, 96);
    expect(resizer.newest).toEqual(Array.from({ length: 48 }, (_, at) => 48 - at));
    run(resizer, 96);
    expect(resizer.newest.slice(0, 3)).toEqual([46, 45, 44]);
    expect(resizer.newest).toHaveLength(50);
    const picture = newBitmap(512);
    paintProduct(picture, 49);
    const thumbnail = resizer.thumbnail(49, 32);
    expect(thumbnail).toEqual(boxFilter(boxFilter(picture, 128), 32));
    expect(resizer.thumbnail(51, 32)).toBeUndefined();
  });

  it('holds 48 MB, less at a smaller share, and nothing once released', () => {
    const resizer = new ImageResizer(1000);
    expect(resizer.status().heldBytes).toBe(0);
    run(resizer, 60);
    expect(resizer.status()).toEqual({ produced: 'pictures resized: 12', heldBytes: 48 * MB });
    resizer.scale(0.25);
    expect(resizer.status().heldBytes).toBe(12 * MB);
    run(resizer, 12 + 5);
    expect(resizer.status()).toEqual({ produced: 'pictures resized: 17', heldBytes: 12 * MB });
    // It has gone on with the product that it was at.
    expect(resizer.newest.slice(0, 6)).toEqual([17, 16, 15, 14, 13, 12]);
    resizer.release();
    expect(resizer.status().heldBytes).toBe(0);
    expect(resizer.thumbnail(17, 128)).toBeDefined();
    resizer.scale(1);
    run(resizer, 48 + 1);
    expect(resizer.status().heldBytes).toBe(48 * MB);
    expect(resizer.newest[0]).toBe(18);
  });

  it('makes each thumbnail once, whatever becomes of its share', () => {
    const shares = fc.array(fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), fc.nat(40)), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(shares, (changes) => {
        const resizer = new ImageResizer(1000);
        for (const [share, slices] of changes) {
          resizer.scale(share);
          run(resizer, slices);
        }
        const made = Number(/\d+$/.exec(resizer.status().produced)?.[0]);
        const all = Array.from({ length: made }, (_, at) => made - at);
        expect(resizer.newest).toEqual(all.slice(0, 100));
      }),
      { numRuns: 6 },
    );
  });

  it('keeps the thumbnails of a hundred products', () => {
    const resizer = new ImageResizer(1000);
    run(resizer, 4 * 96);
    expect(resizer.newest).toHaveLength(100);
    expect(resizer.thumbnail(92, 32)).toBeUndefined();
    expect(resizer.thumbnail(93, 32)).toBeDefined();
  });
});
