import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { option, readValue } from '@evenkeel/core';
import type { History } from '../history/history.ts';
import { RecordSlice } from '../history/record-slice.ts';
import { parseLine } from './parse-line.ts';
import { asidePath } from './rolling-file.ts';

/**
 * Reads what `ndjsonFile` has written, the files that were put aside too, or a dump: for reports on what has been, made
 * anywhere and any time. The same files and range give the same report to the byte. Lines that are no records are
 * skipped. Each reading goes through all the files.
 *
 * @param path as it was given to `ndjsonFile`
 * @throws ConfigurationError for a path that is none; `read` rejects where there is no file
 */
export function fileHistory(path: string): History {
  readValue('fileHistory', 'path', path, option.string());
  return {
    async read(query, signal) {
      const slice = new RecordSlice(query);
      for (const file of await oldestFirst(path)) {
        signal?.throwIfAborted();
        const stream = createReadStream(file, { encoding: 'utf8', ...(signal && { signal }) });
        for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
          const parsed = parseLine(line);
          if (parsed) slice.add(parsed.record, parsed.instance);
        }
      }
      return slice.toSlice();
    },
  };
}

/** @throws what the system says where the file is not there */
async function oldestFirst(path: string): Promise<string[]> {
  await access(path);
  const files = [path];
  while (await isThere(asidePath(path, files.length))) files.push(asidePath(path, files.length));
  return files.reverse();
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
