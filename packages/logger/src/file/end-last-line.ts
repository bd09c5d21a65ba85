import type { FileHandle } from 'node:fs/promises';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 65_536;
/* How each of our lines begins: see line-format.ts. */
const OURS = Buffer.from('{"level":30,');

/**
 * Ends the line that a killed process has left unfinished: takes it away where it is one of ours, so that every line can
 * be read; completes it where it is not, since it is not ours to take. Gives the length of the file.
 */
export async function endLastLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const lineStart = await lastLineStart(handle, size);
  if (lineStart === size) return size;
  const head = await readAt(handle, lineStart, Math.min(OURS.length, size - lineStart));
  if (head.equals(OURS.subarray(0, head.length))) {
    await handle.truncate(lineStart);
    return lineStart;
  }
  await handle.write('\n', size);
  return size + 1;
}

/** Behind the last newline. */
async function lastLineStart(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const at = (await readAt(handle, start, end - start)).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
