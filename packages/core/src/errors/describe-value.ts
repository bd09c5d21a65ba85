/* Long enough to recognise a value by, short enough for a log line. */
const MAX_LENGTH = 80;

/* Options within options within options; what lies deeper is left out, cycles among it. */
const MAX_DEPTH = 3;

/** A value as an error message shows it: much like JSON, at most 80 characters, on one line, never throwing. */
export function describeValue(value: unknown): string {
  try {
    const text = render(value, MAX_LENGTH, MAX_DEPTH).replaceAll(/[\r\n\u2028\u2029]+/g, ' ');
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
  } catch {
    // Getters that throw and proxies.
    return typeof value === 'function' ? 'a function' : 'an object that cannot be read';
  }
}

/** Stops soon after `room` characters, however large the value is. */
function render(value: unknown, room: number, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `function ${value.name}` : 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    if (depth === 0) return '[…]';
    return list('[', ']', value.length, room, (index, left) => render(value[index], left, depth - 1));
  }
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (kind === 'Error' || kind === 'Date') return String(value);
  if (kind !== 'Object') return `a ${kind}`;
  if (depth === 0) return '{…}';
  const entries = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(entries);
  return list('{', '}', keys.length, room, (index, left) => {
    const key = keys[index] ?? '';
    return `${render(key, left, depth)}:${render(entries[key], left, depth - 1)}`;
  });
}

function list(
  open: string,
  close: string,
  length: number,
  room: number,
  item: (index: number, left: number) => string,
): string {
  let text = open;
  for (let index = 0; index < length && text.length <= room; index++) {
    text += `${index === 0 ? '' : ','}${item(index, Math.max(0, room - text.length))}`;
  }
  return text + close;
}
