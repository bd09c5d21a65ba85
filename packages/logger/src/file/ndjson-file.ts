import { hostname } from 'node:os';
import { type ByteSize, option, readOptions } from '@evenkeel/core';
import type { DefinitionRecord, LogRecord } from '../log-record.ts';
import type { Sink } from '../sink.ts';
import { lineFormat } from './line-format.ts';
import { RollingFile } from './rolling-file.ts';

/** Options of {@link ndjsonFile}. */
export interface NdjsonFileOptions {
  /** Directories are made. Each process needs a file of its own: put `process.pid` into its name where there are several. */
  readonly path: string;
  /**
   * A file that has reached it is put aside as `path.1`, the one before as `path.2`, and so on. A batch more than that
   * may be in it. @defaultValue '64mb'
   */
  readonly maxBytes?: ByteSize | undefined;
  /** How many files are kept, with the one that is written. @defaultValue 5 */
  readonly maxFiles?: number | undefined;
  /** Who writes; stands in each line. @defaultValue host name and process id */
  readonly instance?: string | undefined;
}

/**
 * Writes each record as a line of JSON, formatted by pino, into files that are put aside when they are full. Each file
 * begins with the definitions of the metrics in it, so it can be read by itself: by `fileHistory`, jq, pino-pretty.
 *
 * @throws ConfigurationError for options that it cannot take
 */
export function ndjsonFile(options: NdjsonFileOptions): Sink {
  return new NdjsonFile(options);
}

/* As many metrics as a logger defines. */
const MAX_DEFINITIONS = 10_000;

class NdjsonFile implements Sink {
  readonly name = 'file';
  readonly #file: RollingFile;
  readonly #format: (record: LogRecord) => string;
  readonly #definitions = new Map<string, DefinitionRecord>();
  /* One write after the other, also where one was given up. */
  #turn: Promise<unknown> = Promise.resolve();
  #syncWrites = 0;

  constructor(options: NdjsonFileOptions) {
    const { instance, ...file } = readOptions('ndjsonFile', options, {
      path: option.string(),
      maxBytes: option.bytes({ min: 1024 }).default(64 * 2 ** 20),
      maxFiles: option.integer({ min: 1, max: 1000 }).default(5),
      instance: option.string().default(`${hostname()}:${process.pid}`),
    });
    this.#file = new RollingFile(file);
    this.#format = lineFormat(instance);
  }

  async start(): Promise<void> {
    await this.#inTurn(() => this.#file.prepare());
  }

  write(records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    const syncWrites = this.#syncWrites;
    return this.#inTurn(async () => {
      signal.throwIfAborted();
      await this.#file.prepare();
      // What was on its way has been written by then.
      if (this.#syncWrites === syncWrites) await this.#file.append(this.#text(records));
      for (const record of records) {
        if (record.kind === 'definition' && this.#definitions.size < MAX_DEFINITIONS) {
          this.#definitions.set(record.name, record);
        }
      }
    });
  }

  writeSync(records: readonly LogRecord[]): void {
    this.#syncWrites += 1;
    this.#file.appendSync(this.#text(records));
  }

  flush(): Promise<void> {
    return this.#inTurn(() => this.#file.sync());
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#file.close());
  }

  #text(records: readonly LogRecord[]): string {
    let text = '';
    if (this.#file.isEmpty) for (const known of this.#definitions.values()) text += this.#format(known);
    for (const record of records) text += this.#format(record);
    return text;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}
