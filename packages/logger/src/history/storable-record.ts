import type { LogRecord } from '../log-record.ts';

/* Longer than any name that is meant as one; an index of PostgreSQL takes about ten times as much. */
const MAX_NAME_LENGTH = 256;

/* What a Date can be; beyond it nothing can be shown on an axis. */
const MAX_TIME = 8.64e15;

/* PostgreSQL knows no NUL in texts, UTF-8 no half of a surrogate pair. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the one that is looked for
const UNWRITABLE = /[\u0000\p{Surrogate}]/gu;

/**
 * A record as a history can keep it: its time in whole ms, its name bounded and free of what databases refuse. A record
 * that has no place in a history, such as one whose time or value is no number, gives `undefined`.
 */
export function storableRecord(record: LogRecord): LogRecord | undefined {
  const time = Math.floor(record.time);
  const given = nameOf(record);
  if (!(Math.abs(time) <= MAX_TIME) || typeof given !== 'string') return undefined;
  if (record.kind === 'metric' && !Number.isFinite(record.value)) return undefined;
  if (record.kind === 'benchmark' && !Number.isFinite(record.durationMs)) return undefined;
  const name = storableName(given);
  // Nearly all are fine, and are not copied.
  if (name === given && time === record.time) return record;
  if (record.kind === 'event') return { ...record, time, type: name };
  return record.kind === 'benchmark' ? { ...record, time, id: name } : { ...record, time, name };
}

/** Of its series: a metric's name, an event's type, a benchmark's id. */
export function nameOf(record: LogRecord): string {
  switch (record.kind) {
    case 'event':
      return record.type;
    case 'benchmark':
      return record.id;
    case 'metric':
    case 'definition':
      return record.name;
    default:
      // What a later version of the format has added has no series here, whatever the types say.
      return undefined as never;
  }
}

/** A text that every database takes; what is not of Unicode becomes U+FFFD. */
export function storableText(text: string): string {
  return text.replace(UNWRITABLE, '\ufffd');
}

function storableName(given: string): string {
  const name = storableText(given);
  return name.length > MAX_NAME_LENGTH ? storableText(`${name.slice(0, MAX_NAME_LENGTH - 1)}…`) : name;
}
