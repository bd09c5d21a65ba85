/// <reference types="node" />
import { closeSync, openSync, readSync } from 'node:fs';
import { option, readOptions } from '../options/index.ts';
import { type ReadFile, readFile } from './read-file.ts';

export interface KeptFilesOptions {
  /** Files that are kept open; any further ones are opened for each reading. @defaultValue 32 */
  readonly limit?: number;
}

/**
 * One for all, and larger than most files of /proc and /sys: reading is synchronous, and what was read is a
 * string before anybody else reads.
 */
let buffer: Buffer = Buffer.alloc(0);

const INITIAL_BUFFER_BYTES = 16_384;

/**
 * Reads the same few files again and again, for a tenth of what opening them each time costs: a descriptor stays
 * open for each, and a reading begins at position 0, whereupon the kernel writes the figures anew.
 *
 * Only for files of the kernel's: where a file is replaced by another of the same name, the old one is read on.
 * One whose control group is gone, and made again, is found again.
 */
export class KeptFiles {
  readonly #limit: number;
  readonly #descriptors = new Map<string, number>();

  /** @throws ConfigurationError */
  constructor(options: KeptFilesOptions = {}) {
    const { limit } = readOptions('KeptFiles', options, { limit: option.integer({ min: 0 }).default(32) });
    this.#limit = limit;
  }

  /** Descriptors that are open. */
  get size(): number {
    return this.#descriptors.size;
  }

  /** A whole file; `undefined` where it is absent or must not be read. Bound, so that it can be handed on. */
  readonly read: ReadFile = (path) => {
    const kept = this.#descriptors.get(path);
    if (kept !== undefined) {
      const text = readAll(kept);
      if (text !== undefined) return text;
      this.#descriptors.delete(path);
      close(kept);
    }
    if (this.#descriptors.size >= this.#limit) return readFile(path);
    const descriptor = open(path);
    if (descriptor === undefined) return undefined;
    const text = readAll(descriptor);
    if (text === undefined) close(descriptor);
    else this.#descriptors.set(path, descriptor);
    return text;
  };

  /** Closes all; what is read from then on is opened again. Idempotent. */
  close(): void {
    for (const descriptor of this.#descriptors.values()) close(descriptor);
    this.#descriptors.clear();
  }
}

function open(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** The end is where nothing more comes: the kernel hands some files out in parts, however large the buffer is. */
function readAll(descriptor: number): string | undefined {
  if (buffer.length === 0) buffer = Buffer.alloc(INITIAL_BUFFER_BYTES);
  let length = 0;
  try {
    for (;;) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length);
      const added = readSync(descriptor, buffer, length, buffer.length - length, length);
      if (added === 0) return buffer.toString('utf8', 0, length);
      length += added;
    }
  } catch {
    return undefined;
  }
}

function close(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // Closed already, by somebody who closes what isn't theirs.
  }
}
