import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { cpuUsage, memoryUsage } from 'node:process';
import type { NamedValue } from './report/report.ts';

const MB = 2 ** 20;

/**
 * What this process uses: CPU and event loop since the reading before, memory now.
 * Each reader needs one of its own.
 */
export class ResourceUsage {
  #cpu = cpuUsage();
  #loop = performance.eventLoopUtilization();
  #readMs = performance.now();

  read(): NamedValue[] {
    const nowMs = performance.now();
    const { user, system } = cpuUsage(this.#cpu);
    const { utilization } = performance.eventLoopUtilization(this.#loop);
    const availableMs = (nowMs - this.#readMs) * availableParallelism();
    this.#cpu = cpuUsage();
    this.#loop = performance.eventLoopUtilization();
    this.#readMs = nowMs;
    const { rss, heapUsed } = memoryUsage();
    return [
      value('CPU', ((user + system) / 1000 / availableMs) * 100, '%'),
      value('Event loop', utilization * 100, '%'),
      value('Memory', rss / MB, 'MB'),
      value('Heap in use', heapUsed / MB, 'MB'),
    ];
  }
}

function value(name: string, amount: number, unit: string): NamedValue {
  return { name, value: Number(amount.toPrecision(4)), unit, verdict: 'unknown' };
}
