import { closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '@evenkeel/core';
import { KeptFiles, readFile } from '@evenkeel/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const hasProc = process.platform === 'linux';

let directory = '';
let kept: KeptFiles;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kept-files-'));
  kept = new KeptFiles();
});
afterEach(() => {
  kept.close();
  rmSync(directory, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** Descriptors of this process that belong to files below the directory. */
function openDescriptors(): number[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(directory) ? [Number(descriptor)] : [];
    } catch {
      return [];
    }
  });
}

describe('KeptFiles', () => {
  it('reads what is in the file now, through one descriptor', () => {
    const path = write('figure', '1\n');
    expect(kept.read(path)).toBe('1\n');
    writeFileSync(path, '22\n');
    expect(kept.read(path)).toBe('22\n');
    writeFileSync(path, '');
    expect(kept.read(path)).toBe('');
    expect(kept.size).toBe(1);
    if (hasProc) expect(openDescriptors()).toHaveLength(1);
  });

  it('gives the same as reading the file as a whole, however long it is and whatever it holds', () => {
    for (const length of [0, 1, 16_383, 16_384, 16_385, 100_000]) {
      const path = write(`of-${length}`, `ä€🙂${'x'.repeat(length)}`);
      expect(kept.read(path)).toBe(readFile(path));
      expect(kept.read(path)).toBe(readFile(path));
    }
  });

  it('gives undefined for what cannot be read, and keeps nothing of it', () => {
    expect(kept.read(join(directory, 'absent'))).toBeUndefined();
    expect(kept.read(directory)).toBeUndefined();
    expect(kept.read('')).toBeUndefined();
    expect(kept.size).toBe(0);
    if (hasProc) expect(openDescriptors()).toEqual([]);
  });

  it('finds a file that comes later', () => {
    const path = join(directory, 'later');
    expect(kept.read(path)).toBeUndefined();
    writeFileSync(path, '1');
    expect(kept.read(path)).toBe('1');
  });

  it.skipIf(!hasProc)('opens a file anew when its descriptor can no longer be read', () => {
    const path = write('figure', '1');
    kept.read(path);
    const [descriptor = -1] = openDescriptors();
    closeSync(descriptor);
    expect(kept.read(path)).toBe('1');
    expect(openDescriptors()).toHaveLength(1);
    closeSync(openDescriptors()[0] ?? -1);
    rmSync(path);
    expect(kept.read(path)).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  it.skipIf(!hasProc)('keeps no more files than its limit, and reads the others all the same', () => {
    kept = new KeptFiles({ limit: 2 });
    const paths = ['a', 'b', 'c', 'd'].map((name) => write(name, name));
    for (let round = 0; round < 3; round++) {
      expect(paths.map((path) => kept.read(path))).toEqual(['a', 'b', 'c', 'd']);
    }
    expect(kept.size).toBe(2);
    expect(openDescriptors()).toHaveLength(2);
  });

  it.skipIf(!hasProc)('closes them all, and opens again what is read later', () => {
    const path = write('figure', '1');
    kept.read(path);
    kept.close();
    kept.close();
    expect(openDescriptors()).toEqual([]);
    expect(kept.read(path)).toBe('1');
    expect(openDescriptors()).toHaveLength(1);
  });

  it.skipIf(!hasProc)('closes what somebody else has closed without complaint', () => {
    kept.read(write('figure', '1'));
    closeSync(openDescriptors()[0] ?? -1);
    expect(() => kept.close()).not.toThrow();
    // A free number for the next: the descriptor was really given back.
    const again = openSync(write('other', ''), 'r');
    closeSync(again);
  });

  it.skipIf(!hasProc)('reads the figures of the kernel anew each time', async () => {
    const runTime = (): number => Number(kept.read('/proc/self/schedstat')?.split(' ')[0]);
    const before = runTime();
    const untilMs = performance.now() + 30;
    while (performance.now() < untilMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(runTime()).toBeGreaterThan(before);
    const read = kept.read('/proc/self/mountinfo');
    expect(read).toBe(readFile('/proc/self/mountinfo'));
  });

  it('takes no limit that is none', () => {
    expect(() => new KeptFiles({ limit: -1 })).toThrow(ConfigurationError);
    expect(() => new KeptFiles({ limit: 1.5 })).toThrow(/limit/);
  });
});
