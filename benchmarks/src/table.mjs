/** Prints rows of equal keys as a table; numbers to the right. */
export function printTable(rows) {
  const names = Object.keys(rows[0] ?? {});
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => String(row[name]).length)));
  const line = (cells) =>
    cells
      .map((cell, at) => pad(cell, widths[at]))
      .join('  ')
      .trimEnd();
  console.log(line(names));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) console.log(line(names.map((name) => row[name])));
}

function pad(cell, width) {
  return typeof cell === 'number' ? String(cell).padStart(width) : String(cell).padEnd(width);
}

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
