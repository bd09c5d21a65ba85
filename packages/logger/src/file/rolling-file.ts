import { closeSync, mkdirSync, openSync, type Stats, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StateError } from '@evenkeel/core';
import { endLastLine } from './end-last-line.ts';

export interface RollingFileOptions {
  readonly path: string;
  /** A file that has reached it is put aside before the next is begun. */
  readonly maxBytes: number;
  /** How many are kept, with the one that is written. */
  readonly maxFiles: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly ino: number;
  /** Where the next line begins. */
  size: number;
  /** The farthest that was ever tried. */
  reach: number;
}

/**
 * Appends lines to a file, and puts it aside as `path.1` (and that as `path.2`, and so on) when it is full.
 *
 * Everything is written at its own place, and that place moves on only when all of it is there: what is written again,
 * after a failure or by a dying process that does not know what became of the write under way, falls on the same bytes.
 * Nothing stands twice, whoever wins. So a file has one writer; a second one is told from the file's length.
 */
export class RollingFile {
  readonly #options: RollingFileOptions;
  #file: OpenFile | undefined;

  constructor(options: RollingFileOptions) {
    this.#options = options;
  }

  /** Whether the next line is the first. */
  get isEmpty(): boolean {
    return this.#file?.size === 0;
  }

  /**
   * Opens the file, or opens another where it is full or was taken away.
   *
   * @throws StateError where another process writes to it
   */
  async prepare(): Promise<void> {
    const { path, maxBytes } = this.#options;
    if (this.#file) await this.#follow(this.#file);
    this.#file ??= await openForLines(path);
    if (this.#file.size >= maxBytes) {
      await this.close();
      await this.#putAside();
      this.#file = await openForLines(path);
    }
  }

  /** Right after `prepare`. @throws StateError where it is not open */
  async append(text: string): Promise<void> {
    const file = this.#opened();
    const start = file.size;
    const bytes = Buffer.from(text);
    file.reach = Math.max(file.reach, start + bytes.length);
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await file.handle.write(bytes, at, bytes.length - at, start + at)).bytesWritten;
      }
    } catch (error) {
      // A full disk takes a part of it. Where this fails too, the next write falls on it.
      await file.handle.truncate(start).catch(() => {});
      throw error;
    }
    file.size = Math.max(file.size, start + bytes.length);
  }

  /** For a process that is about to end. It may come in the middle of anything else. */
  appendSync(text: string): void {
    const { path } = this.#options;
    const bytes = Buffer.from(text);
    if (this.#file) {
      this.#file.size += writeAllSync(this.#file.handle.fd, bytes, this.#file.size);
      this.#file.reach = Math.max(this.#file.reach, this.#file.size);
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const fd = openSync(path, 'a');
    try {
      writeAllSync(fd, bytes, null);
    } finally {
      closeSync(fd);
    }
  }

  /** Waits until the disk has it. */
  async sync(): Promise<void> {
    await this.#file?.handle.datasync();
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.handle.close();
  }

  #opened(): OpenFile {
    if (!this.#file) throw new StateError(`${this.#options.path} is not open`);
    return this.#file;
  }

  /** Looks for what others have done to the file. */
  async #follow(file: OpenFile): Promise<void> {
    const { path } = this.#options;
    const before = file.size;
    const found = await statIfThere(path);
    if (found?.ino !== file.ino) {
      await this.close();
    } else if (found.size > file.reach) {
      throw new StateError(`another process writes to ${path}: each needs a file of its own`);
    } else if (found.size < before && file.size === before) {
      // Emptied by whoever copies it away; not where a dying process has written to it since it was looked at.
      file.size = found.size;
    }
  }

  async #putAside(): Promise<void> {
    const { path, maxFiles } = this.#options;
    const names = Array.from({ length: maxFiles }, (_, n) => asidePath(path, n));
    await rm(asidePath(path, maxFiles - 1), { force: true });
    for (let n = maxFiles - 1; n > 0; n--) await renameIfThere(names[n - 1], names[n]);
  }
}

/** The file that is written for 0, then the one before, and so on. */
export function asidePath(path: string, n: number): string {
  return n === 0 ? path : `${path}.${n}`;
}

async function openForLines(path: string): Promise<OpenFile> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await openOrCreate(path);
  try {
    const size = await endLastLine(handle);
    return { handle, ino: (await handle.stat()).ino, size, reach: size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/* Not the flag for appending: Linux would write at the end then, whatever place is asked for. */
async function openOrCreate(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return await open(path, 'w+');
  }
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function renameIfThere(from: string | undefined, to: string | undefined): Promise<void> {
  if (from === undefined || to === undefined) return;
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function writeAllSync(fd: number, bytes: Buffer, position: number | null): number {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position === null ? null : position + at);
  }
  return bytes.length;
}
