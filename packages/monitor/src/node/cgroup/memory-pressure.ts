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
  const own = chains.find(({ version }) => version === 2)?.directories[0];
  const text =
    (own === undefined ? undefined : read(`${own}/memory.pressure`)) ?? read('/proc/pressure/memory');
  const totals = new Map<string, number>();
  for (const [, kind = '', microseconds] of text?.matchAll(TOTAL) ?? []) {
    totals.set(kind, Number(microseconds) / 1000);
  }
  const someMs = totals.get('some');
  return someMs === undefined ? undefined : { someMs, fullMs: totals.get('full') ?? 0 };
}
