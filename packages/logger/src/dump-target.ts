import type { LogRecord } from './log-record.ts';

/** Where the recorder's last minutes are put when somebody wants to know what led to this. */
export interface DumpTarget {
  /** Gives where they are to be found. @param reason for people: why they were put aside */
  write(records: readonly LogRecord[], reason: string): Promise<string>;
}
