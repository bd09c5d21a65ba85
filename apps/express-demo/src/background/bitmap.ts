/** A square picture: four bytes a pixel (red, green, blue, opacity), row by row from the top. */
export interface Bitmap {
  readonly size: number;
  readonly pixels: Uint8ClampedArray;
}

export const BYTES_PER_PIXEL = 4;

export function newBitmap(size: number): Bitmap {
  return { size, pixels: new Uint8ClampedArray(size * size * BYTES_PER_PIXEL) };
}

/**
 * Shrinks a picture: each pixel is the mean of those it stands for.
 *
 * @param size of the result, which the size of the source is a multiple of
 */
export function boxFilter({ size: sourceSize, pixels: source }: Bitmap, size: number): Bitmap {
  const result = newBitmap(size);
  const box = sourceSize / size;
  const area = box * box;
  let at = 0;
  for (let top = 0; top < sourceSize; top += box) {
    for (let left = 0; left < sourceSize; left += box) {
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let y = top; y < top + box; y++) {
        const begin = (y * sourceSize + left) * BYTES_PER_PIXEL;
        const end = begin + box * BYTES_PER_PIXEL;
        for (let pixel = begin; pixel < end; pixel += BYTES_PER_PIXEL) {
          red += source[pixel] ?? 0;
          green += source[pixel + 1] ?? 0;
          blue += source[pixel + 2] ?? 0;
        }
      }
      result.pixels[at] = red / area;
      result.pixels[at + 1] = green / area;
      result.pixels[at + 2] = blue / area;
      result.pixels[at + 3] = 255;
      at += BYTES_PER_PIXEL;
    }
  }
  return result;
}

const FILE_HEADER_BYTES = 14;
const INFO_HEADER_BYTES = 40;

/**
 * The picture as a BMP file of 32 bits a pixel, which every browser shows and which takes no compression.
 *
 * @see https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader
 */
export function toBmp({ size, pixels }: Bitmap): Buffer {
  const headerBytes = FILE_HEADER_BYTES + INFO_HEADER_BYTES;
  const file = Buffer.alloc(headerBytes + pixels.length);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(headerBytes, 10);
  file.writeUInt32LE(INFO_HEADER_BYTES, 14);
  file.writeInt32LE(size, 18);
  // Negative: the first row is the top one.
  file.writeInt32LE(-size, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8 * BYTES_PER_PIXEL, 28);
  for (let at = 0; at < pixels.length; at += BYTES_PER_PIXEL) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
    file.writeUInt32LE((red << 16) | (green << 8) | blue, headerBytes + at);
  }
  return file;
}
