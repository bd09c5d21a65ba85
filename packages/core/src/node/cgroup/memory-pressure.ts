import type { ReadFile } from '../read-file.ts';
import type { CgroupChain } from './cgroup-files.ts';

/** Time in which tasks waited for memory, as running totals in ms. */
export interface PressureTotals {
  readonly someMs: number;
  readonly fullMs: number;
}

const TOTAL = /^(some|full) .*\btotal=(\d+)/gm;

/**
 * Pressure stall information of the process's own group, else of the machine; `undefined` where the kernel has
 * none. Its running totals are read rather than its averages, which lag behind by their ten seconds.
 *
 * @see https://docs.kernel.org/accounting/psi.html
 */
export function memoryPressure(chains: readonly CgroupChain[], read: ReadFile): PressureTotals | undefined {
  return groupMemoryPressure(chains, read) ?? parse(read('/proc/pressure/memory'));
}

/** That of the process's own group alone, which nobody else's waiting goes into: version 2 only. */
export function groupMemoryPressure(
  chains: readonly CgroupChain[],
  read: ReadFile,
): PressureTotals | undefined {
  const own = chains.find(({ version }) => version === 2)?.directories[0];
  return own === undefined ? undefined : parse(read(`${own}/memory.pressure`));
}

function parse(text: string | undefined): PressureTotals | undefined {
  const totals = new Map<string, number>();
  for (const [, kind = '', microseconds] of text?.matchAll(TOTAL) ?? []) {
    totals.set(kind, Number(microseconds) / 1000);
  }
  const someMs = totals.get('some');
  return someMs === undefined ? undefined : { someMs, fullMs: totals.get('full') ?? 0 };
}
