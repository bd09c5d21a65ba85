import { existsSync, readFileSync } from 'node:fs';

/** Whether a process is there; one that has ended and that nobody has taken note of is not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) [ZX]/.test(readFileSync(stat, 'utf8'));
}

/** The processes that a process has started, where the system tells. */
export function childrenOf(pid: number): number[] {
  const children = `/proc/${pid}/task/${pid}/children`;
  return existsSync(children) ? readFileSync(children, 'utf8').trim().split(' ').map(Number) : [];
}
