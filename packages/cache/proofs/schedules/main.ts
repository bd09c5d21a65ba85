import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { FAULTS, type Fault } from './model.ts';
import { planSchedule } from './plan.ts';
import { addFindings, type Findings, noFindings, shrink } from './play-many.ts';
import { play } from './schedule.ts';
import { subjectOf } from './subjects.ts';
import type { Range } from './worker.ts';

/* Schedules that a worker gets at once. */
const RANGE = 2000;

const { values: flags } = parseArgs({
  options: {
    subject: { type: 'string', default: 'evenkeel' },
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    workers: { type: 'string', default: `${availableParallelism()}` },
  },
});

const print = (line = '') => console.log(line);

if (flags.only === undefined) await playAll();
else await playOne(Number(flags.only));

async function playAll(): Promise<void> {
  const first = Number(flags.seed);
  const end = first + Number(flags.count);
  const begun = performance.now();
  const findings = await inWorkers(first, end);
  const seconds = (performance.now() - begun) / 1000;
  print(`subject                        ${flags.subject}`);
  print(`schedules                      ${findings.schedules}, seeds ${first} to ${end - 1}`);
  print(`steps                          ${findings.steps}`);
  print(
    `time                           ${seconds.toFixed(1)} s, ${Math.round(findings.schedules / seconds)} schedules/s`,
  );
  print(`schedules with a violation     ${findings.failed}`);
  for (const [fault, { count, firstSeed }] of findings.faults) {
    print(`  ${fault.padEnd(28)} ${count}, first with seed ${firstSeed}: ${FAULTS[fault]}`);
  }
  for (const [fault, { firstSeed }] of findings.faults) await show(firstSeed, fault);
  process.exitCode = findings.failed > 0 ? 1 : 0;
}

async function inWorkers(first: number, end: number): Promise<Findings> {
  const findings = noFindings();
  let next = first;
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const order = () => {
        const range: Range = { first: next, count: Math.min(RANGE, end - next) };
        next += range.count;
        if (range.count > 0) return worker.postMessage(range);
        void worker.terminate().then(() => resolve());
      };
      worker.on('message', (found: Findings) => {
        addFindings(findings, found);
        order();
      });
      worker.on('error', reject);
      order();
    });
  const workers = Array.from(
    { length: Number(flags.workers) },
    () => new Worker(new URL('./worker.mjs', import.meta.url), { workerData: { subject: flags.subject } }),
  );
  await Promise.all(workers.map(work));
  return findings;
}

/** Prints a schedule that shows a fault, with as few steps as it takes. */
async function show(seed: number, fault: Fault): Promise<void> {
  const subject = await subjectOf(flags.subject);
  const plan = await shrink(planSchedule(seed, subject.abilities), subject, fault);
  const { steps, ...rest } = plan;
  print(
    `\n${fault}: seed ${seed}, ${steps.length} of its steps (all of them: --only ${seed})\n${JSON.stringify(rest)}`,
  );
  await play(plan, subject, print);
}

async function playOne(seed: number): Promise<void> {
  const subject = await subjectOf(flags.subject);
  const { steps: _, ...rest } = planSchedule(seed, subject.abilities);
  print(JSON.stringify(rest));
  const violations = await play(planSchedule(seed, subject.abilities), subject, print);
  print(`${violations.length} violations`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
