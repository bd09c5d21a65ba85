import { readField, readNumber } from './cgroup/cgroup-files.ts';
import type { ReadFile } from './read-file.ts';

/** The machine's memory, as the kernel tells it. */
export interface HostMemory {
  readonly totalBytes: number;
  /** What could be used without swapping. */
  readonly availableBytes: number;
}

const KIB = 1024;

/**
 * From /proc/meminfo; `undefined` where there is none, or where it is too old for `MemAvailable`. Memory that is
 * set aside for huge pages is left out of the total: it is available to nobody else, used or not.
 *
 * @see https://docs.kernel.org/filesystems/proc.html#meminfo
 */
export function hostMemory(read: ReadFile): HostMemory | undefined {
  const text = read('/proc/meminfo');
  const total = kibibytes(text, 'MemTotal:');
  const available = kibibytes(text, 'MemAvailable:');
  if (!total || available === undefined) return undefined;
  const totalBytes = (total - Math.min(total, kibibytes(text, 'Hugetlb:') ?? 0)) * KIB;
  if (totalBytes <= 0) return undefined;
  return { totalBytes, availableBytes: Math.min(totalBytes, available * KIB) };
}

function kibibytes(text: string | undefined, name: string): number | undefined {
  return readNumber(readField(text, name)?.replace(/ kB$/, ''));
}
