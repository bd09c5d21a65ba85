import { parentPort } from 'node:worker_threads';
import { scenarioOf, type Task } from './scenarios.ts';
import { simulate } from './simulation.ts';

parentPort?.on('message', (task: Task) => {
  parentPort?.postMessage(simulate(task.subject, scenarioOf(task), task.seed));
});
