export interface MarkdownColumn {
  readonly title: string;
  readonly isNumeric?: boolean;
}

/* Columns are in line for who reads the text as it is; one long cell is not to widen a whole column. */
const MAX_WIDTH = 32;
const MIN_WIDTH = 3;

/** A table of cells that are Markdown already, with escaped bars. Columns in which no row has anything are left out. */
export function markdownTable(
  columns: readonly MarkdownColumn[],
  rows: readonly (readonly (string | undefined)[])[],
): string {
  const used = columns.flatMap((column, index) =>
    rows.some((row) => row[index]) ? [{ ...column, index, width: widthOf(column, rows, index) }] : [],
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const cell = (text: string, { isNumeric, width }: (typeof used)[number]): string =>
    isNumeric ? text.padStart(width) : text.padEnd(width);
  return [
    line(used.map((column) => cell(column.title, column))),
    line(used.map(({ isNumeric, width }) => (isNumeric ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))),
    ...rows.map((row) => line(used.map((column) => cell(row[column.index] ?? '', column)))),
    '\n',
  ].join('');
}

function widthOf(
  { title }: MarkdownColumn,
  rows: readonly (readonly (string | undefined)[])[],
  index: number,
): number {
  return rows.reduce(
    (width, row) => Math.max(width, Math.min(MAX_WIDTH, row[index]?.length ?? 0)),
    Math.max(MIN_WIDTH, title.length),
  );
}
