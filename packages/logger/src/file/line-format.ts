import { pino } from 'pino';
import type { LogRecord } from '../log-record.ts';

/** Of the format of the lines; see the README. */
export const LINE_VERSION = 1;

/**
 * Gives records as lines of JSON, written by pino: its tools read them (`time` in ms, `level` always 30).
 *
 * @param instance stands in each line, so that files of several machines can be put together
 */
export function lineFormat(instance: string): (record: LogRecord) => string {
  let line = '';
  const stream = {
    write: (text: string): void => {
      line = text;
    },
  };
  // The time is the record's own.
  const logger = pino({ timestamp: false, base: { v: LINE_VERSION, instance } }, stream);
  return (record) => {
    logger.info(record);
    return line;
  };
}
