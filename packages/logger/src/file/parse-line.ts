import {
  AREAS,
  type BenchmarkMeasurement,
  type BenchmarkRecord,
  type DefinitionRecord,
  type EventRecord,
  type LogRecord,
  type MetricRecord,
  type RecordData,
} from '../log-record.ts';
import { LINE_VERSION } from './line-format.ts';

/** A record and who has written it. */
export interface ParsedLine {
  readonly record: LogRecord;
  readonly instance: string;
}

/** Reads one line; `undefined` for what is no record: torn lines, other programs' lines, later versions of the format. */
export function parseLine(line: string): ParsedLine | undefined {
  const fields = parseObject(line);
  if (fields === undefined || fields.v !== LINE_VERSION || !isTime(fields.time)) return undefined;
  const record = isKind(fields.kind) ? readers[fields.kind](fields, fields.time) : undefined;
  return record && { record, instance: typeof fields.instance === 'string' ? fields.instance : '' };
}

type Fields = Readonly<Record<string, unknown>>;

const readers: {
  readonly [Kind in LogRecord['kind']]: (fields: Fields, time: number) => LogRecord | undefined;
} = {
  event({ type, data }, time): EventRecord | undefined {
    return typeof type === 'string' && isData(data) ? { kind: 'event', time, type, data } : undefined;
  },
  metric({ name, value, context }, time): MetricRecord | undefined {
    if (typeof name !== 'string' || !isNumber(value)) return undefined;
    return { kind: 'metric', time, name, value, ...(isData(context) && { context }) };
  },
  benchmark({ id, durationMs, measurements, context }, time): BenchmarkRecord | undefined {
    if (typeof id !== 'string' || !isNumber(durationMs) || !Array.isArray(measurements)) return undefined;
    if (!measurements.every(isMeasurement)) return undefined;
    return { kind: 'benchmark', time, id, durationMs, measurements, ...(isData(context) && { context }) };
  },
  definition({ name, unit, description, area, better, target }, time): DefinitionRecord | undefined {
    const known = AREAS.find((each) => each === area);
    if (typeof name !== 'string' || typeof unit !== 'string' || typeof description !== 'string' || !known) {
      return undefined;
    }
    return {
      kind: 'definition',
      time,
      name,
      unit,
      description,
      area: known,
      ...((better === 'lower' || better === 'higher') && { better }),
      ...(isNumber(target) && { target }),
    };
  },
};

function isKind(kind: unknown): kind is LogRecord['kind'] {
  return typeof kind === 'string' && Object.hasOwn(readers, kind);
}

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isData(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What `JSON.parse` gives holds nothing but JSON. */
function isData(value: unknown): value is RecordData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isTime(value: unknown): value is number {
  return isNumber(value) && value >= 0;
}

function isMeasurement(value: unknown): value is BenchmarkMeasurement {
  return (
    isData(value) && typeof value.label === 'string' && isNumber(value.elapsedMs) && isNumber(value.deltaMs)
  );
}
