import type { ReportPoint, ReportRange } from '../../report.ts';

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const WIDTH = 16;

/** The means as sixteen block characters over the range, a space where no value is. */
export function textSparkline(points: readonly ReportPoint[], { from, to }: ReportRange): string {
  const greatest = new Array<number | undefined>(WIDTH).fill(undefined);
  for (const { time, mean } of points) {
    const column = Math.floor(((time - from) / (to - from)) * WIDTH);
    if (column >= 0 && column < WIDTH) greatest[column] = Math.max(greatest[column] ?? mean, mean);
  }
  const known = greatest.filter((value) => value !== undefined);
  const low = Math.min(...known);
  const high = Math.max(...known);
  return greatest
    .map((value) => (value === undefined ? ' ' : block((value / 2 - low / 2) / (high / 2 - low / 2))))
    .join('');
}

/** In the middle where all are the same. */
function block(fraction: number): string {
  const height = Number.isNaN(fraction) ? 0.5 : fraction;
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(height * BLOCKS.length))] ?? ' ';
}
