import { parentPort, workerData } from 'node:worker_threads';
import { playMany } from './play-many.ts';
import { subjectOf } from './subjects.ts';

/** Seeds that a worker is to play. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

const subject = await subjectOf((workerData as { readonly subject: string }).subject);
parentPort?.on('message', ({ first, count }: Range) => {
  void playMany(subject, first, count).then((findings) => parentPort?.postMessage(findings));
});
