import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Has worker threads work through tasks, in their order, and gives the results in the same order. */
export async function runTasks(tasks) {
  const results = new Array(tasks.length);
  let next = 0;
  const work = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.mjs', import.meta.url));
      const give = () => {
        if (next === tasks.length) {
          worker.terminate().then(resolve, reject);
          return;
        }
        worker.postMessage({ number: next, ...tasks[next] });
        next += 1;
      };
      worker.on('error', reject);
      worker.on('message', ({ number, ratios }) => {
        results[number] = { ...tasks[number], ratios };
        give();
      });
      give();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work));
  return results;
}
