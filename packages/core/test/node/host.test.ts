import { availableParallelism } from 'node:os';
import { allowedCpus, guarded, hostMemory, readFile } from '@evenkeel/core/node';
import { describe, expect, it } from 'vitest';
import { files } from './files.ts';

const KIB = 1024;

describe('hostMemory', () => {
  const memory = (text: string | null): unknown => hostMemory(files({ '/proc/meminfo': text }));

  it('is what the kernel calls available of the total', () => {
    expect(memory('MemTotal:       24684084 kB\nMemFree:  5 kB\nMemAvailable:   24226240 kB\n')).toEqual({
      totalBytes: 24_684_084 * KIB,
      availableBytes: 24_226_240 * KIB,
    });
  });

  it('leaves out what is set aside for huge pages', () => {
    expect(memory('MemTotal: 1000 kB\nMemAvailable: 90 kB\nHugetlb: 900 kB\n')).toEqual({
      totalBytes: 100 * KIB,
      availableBytes: 90 * KIB,
    });
    expect(memory('MemTotal: 1000 kB\nMemAvailable: 0 kB\nHugetlb: 1000 kB\n')).toBeUndefined();
  });

  it('never has more available than there is', () => {
    expect(memory('MemTotal: 10 kB\nMemAvailable: 20 kB\n')).toEqual({
      totalBytes: 10 * KIB,
      availableBytes: 10 * KIB,
    });
  });

  it('is unknown without the file, without either line, and with junk', () => {
    for (const text of [
      null,
      '',
      'MemTotal: 1 kB\n',
      'MemAvailable: 1 kB\n',
      'MemTotal: x kB\nMemAvailable: 1 kB\n',
      'MemTotal: 0 kB\nMemAvailable: 0 kB\n',
    ]) {
      expect(hostMemory(guarded(files({ '/proc/meminfo': text })))).toBeUndefined();
    }
  });
});

describe('allowedCpus', () => {
  const cpus = (allowed: string, online?: string): number | undefined =>
    allowedCpus(
      files({
        '/proc/self/status': `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${allowed}\nMems_allowed:\t1\n`,
        ...(online !== undefined && { '/sys/devices/system/cpu/online': online }),
      }),
    );

  it('counts what the process may run on', () => {
    expect(cpus('0-3', '0-7\n')).toBe(4);
    expect(cpus('2', '0-7\n')).toBe(1);
    expect(cpus('0-1,4,6-7', '0-7\n')).toBe(5);
  });

  it('leaves out CPUs that are not there', () => {
    expect(cpus('0-127', '0-1\n')).toBe(2);
    expect(cpus('0-127', '0,2-3\n')).toBe(3);
    expect(cpus('0-3')).toBe(4);
    expect(cpus('0-3', 'junk')).toBe(4);
  });

  it('is unknown where the kernel does not tell', () => {
    expect(cpus('')).toBeUndefined();
    expect(cpus('junk', '0-1')).toBeUndefined();
    expect(cpus('0', '1')).toBeUndefined();
    expect(allowedCpus(files({}))).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('agrees with Node, which may take a quota into account too', () => {
    expect(allowedCpus(readFile)).toBeGreaterThanOrEqual(availableParallelism());
  });
});

describe('guarded', () => {
  it('gives undefined for what throws and for what is no text', () => {
    const read = guarded((path) => {
      if (path === 'throws') throw new Error('EACCES');
      return path === 'number' ? (7 as unknown as string) : 'text';
    });
    expect([read('throws'), read('number'), read('text')]).toEqual([undefined, undefined, 'text']);
  });
});

describe('readFile', () => {
  it('gives undefined for what cannot be read', () => {
    expect(readFile('/nowhere/at/all')).toBeUndefined();
    expect(readFile('/')).toBeUndefined();
  });
});
