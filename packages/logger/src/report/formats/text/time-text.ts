const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-11-22T08:30:05.000Z`, for machines. A time beyond the years of four digits keeps its own digits. */
export function isoTime(time: number): string {
  return dateOf(time)?.toISOString() ?? String(time);
}

/** `2026-11-22 08:30:05`, with milliseconds where there are some; in UTC. */
export function timeText(time: number): string {
  return (
    dateOf(time)
      ?.toISOString()
      .replace('T', ' ')
      .replace(/(\.000)?Z$/, '') ?? String(time)
  );
}

/** `22 Nov 2026`, in UTC. */
export function dayText(time: number): string {
  const date = dateOf(time);
  return date ? `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}` : String(time);
}

/** `22 Nov`, in UTC. */
export function shortDayText(time: number): string {
  const date = dateOf(time);
  return date ? `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}` : String(time);
}

/** `08:30`, and seconds where there are some: `08:30:05`; in UTC. */
export function clockText(time: number): string {
  return (
    dateOf(time)
      ?.toISOString()
      .split('T')[1]
      ?.replace(/(:00)?(\.000)?Z$/, '')
      .replace('Z', '') ?? String(time)
  );
}

/** `22 Nov 2026, 08:30` and `09:30`, where it is the same day. */
export function rangeTexts(from: number, to: number): readonly [from: string, to: string] {
  const end = dayText(from) === dayText(to) ? clockText(to) : `${dayText(to)}, ${clockText(to)}`;
  return [`${dayText(from)}, ${clockText(from)}`, end];
}

/* The years that ISO 8601 writes with four digits. */
const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

function dateOf(time: number): Date | undefined {
  return Number.isInteger(time) && time >= FIRST && time <= LAST ? new Date(time) : undefined;
}
