import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '../../src/log-record.ts';
import type { Sink } from '../../src/sink.ts';

/* The disk is not what is measured. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** Writes lines of JSON into a file, which is begun anew when it is full, and counts them by itself. */
export class FileLikeSink implements Sink {
  readonly name = 'file-like';
  records = 0;
  /** Records that did not come after the one before. */
  outOfOrder = 0;
  #last = -1;
  #folder = '';
  #file: FileHandle | undefined;
  #size = 0;

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'evenkeel-flood-'));
    this.#file = await open(join(this.#folder, 'records.ndjson'), 'w');
  }

  async write(records: readonly LogRecord[]): Promise<void> {
    let text = '';
    for (const record of records) {
      text += `${JSON.stringify(record)}\n`;
      if (record.kind === 'event') this.#count(Number(record.data.sequence));
    }
    if (this.#size > MAX_FILE_BYTES) {
      await this.#file?.truncate(0);
      this.#size = 0;
    }
    const bytes = Buffer.from(text);
    await this.#file?.write(bytes, 0, bytes.length, this.#size);
    this.#size += bytes.length;
  }

  async stop(): Promise<void> {
    await this.#file?.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #count(sequence: number): void {
    this.records += 1;
    if (!(sequence > this.#last)) this.outOfOrder += 1;
    this.#last = sequence;
  }
}
