/** Prints rows as columns: text to the left, numbers to the right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    widths
      .map((width, at) => (at === 0 ? (row[at] ?? '').padEnd(width) : (row[at] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  for (const row of [head, ...rows]) console.log(line(row));
}

export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

export function rounded(value: number): string {
  return Math.round(value).toLocaleString('en');
}
