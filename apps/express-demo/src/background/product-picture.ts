import { type Bitmap, BYTES_PER_PIXEL } from './bitmap.ts';

/* Products that follow each other differ most in colour when the hue turns by the golden angle. */
const GOLDEN_ANGLE = 137.508;

/** Paints the picture of a product, which stands for one from a camera: always the same for the same product. */
export function paintProduct({ size, pixels }: Bitmap, productId: number): void {
  const hue = (productId * GOLDEN_ANGLE) % 360;
  const [backRed, backGreen, backBlue] = colour(hue);
  const [red, green, blue] = colour(hue + 180);
  // From four petals over a disc to a star.
  const roundness = 4 * (productId % 5) - 1.8;
  const middle = size / 2;
  let at = 0;
  for (let row = 0; row < size; row++) {
    const y = (row - middle) / middle;
    const yy = y * y;
    const light = 0.9 - 0.25 * y;
    for (let column = 0; column < size; column++) {
      const x = (column - middle) / middle;
      const xx = x * x;
      const isInside = xx * xx + roundness * xx * yy + yy * yy < 0.25;
      pixels[at] = light * (isInside ? red : backRed);
      pixels[at + 1] = light * (isInside ? green : backGreen);
      pixels[at + 2] = light * (isInside ? blue : backBlue);
      pixels[at + 3] = 255;
      at += BYTES_PER_PIXEL;
    }
  }
}

/** A bright colour of this hue, in degrees. */
function colour(hue: number): [red: number, green: number, blue: number] {
  const channel = (turn: number): number => 150 + 90 * Math.cos(((hue - turn) * Math.PI) / 180);
  return [channel(0), channel(120), channel(240)];
}
