/// <reference types="node" />
import { readFileSync } from 'node:fs';

/** Reads a whole text file; `undefined` where it is absent or must not be read. */
export type ReadFile = (path: string) => string | undefined;

/**
 * The file system, for the small files in which a kernel presents its figures: they are in memory, so reading
 * them at once costs less than a turn of the thread pool.
 */
export const readFile: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** A reader that can be trusted not to throw, whatever was injected. */
export function guarded(read: ReadFile): ReadFile {
  return (path) => {
    try {
      const text: unknown = read(path);
      return typeof text === 'string' ? text : undefined;
    } catch {
      return undefined;
    }
  };
}
