import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Task } from './scenarios.ts';
import type { Outcome } from './simulation.ts';

/** Plays all tasks on all cores; the outcomes are in the order of the tasks. */
export async function playAll(tasks: readonly Task[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.mjs', import.meta.url));
    while (next < tasks.length) {
      const index = next;
      next += 1;
      worker.postMessage(tasks[index]);
      const [outcome] = await once(worker, 'message');
      outcomes[index] = outcome as Outcome;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work));
  return outcomes;
}
