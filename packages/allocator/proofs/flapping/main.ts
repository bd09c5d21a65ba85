import { parseArgs } from 'node:util';
import { allAtOnce, type Controller, managed, oneByOne } from './controllers.ts';
import { play, type Score } from './play.ts';

/* What the manager is to keep, with components that can be reduced. */
const MOST_STATES_PER_MINUTE = 5;
const MOST_OVERLOADED = 0.02;
const LEAST_FEASIBLE = 0.85;

const { values: flags } = parseArgs({
  options: {
    gate: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '120' },
    seeds: { type: 'string', default: '5' },
  },
});

const subject = managed({ canReduce: true });
const rows: readonly (readonly [string, Controller])[] = [
  ['one threshold 0.9, all at once', allAtOnce(0.9)],
  ['one threshold 0.9, one by one', oneByOne(0.9, 0.9)],
  ['hysteresis 0.9 / 0.7, one by one', oneByOne(0.9, 0.7)],
  ['manager, balanced', subject],
  ['manager, sensor that ends at 1', managed({ canReduce: true, isCapped: true })],
  ['manager, components pause only', managed({ canReduce: false })],
  ['manager, performance', managed({ canReduce: true, mode: 'performance' })],
  ['manager, efficiency', managed({ canReduce: true, mode: 'efficiency' })],
];

const percent = (part: number) => `${(100 * part).toFixed(1)} %`.padStart(10);
const seeds = Array.from({ length: Number(flags.seeds) }, (_, index) => index + 1);
const mean = (scores: readonly Score[], of: (score: Score) => number) =>
  scores.reduce((sum, score) => sum + of(score), 0) / scores.length;

console.log(`${flags.minutes} min of virtual time, mean of seeds 1 to ${flags.seeds}; worst in brackets`);
console.log(
  `${''.padEnd(34)} ${'states/min'.padStart(18)} ${'shares/min'.padStart(10)} ${'overloaded'.padStart(21)} ${'feasible'.padStart(21)}`,
);
let missed = 0;
for (const [name, controller] of rows) {
  const scores: Score[] = [];
  for (const seed of seeds) scores.push(await play(controller, seed, Number(flags.minutes)));
  const states = mean(scores, ({ statesPerMinute }) => statesPerMinute).toFixed(1);
  const mostStates = Math.max(...scores.map(({ statesPerMinute }) => statesPerMinute));
  const mostOverloaded = Math.max(...scores.map(({ overloaded }) => overloaded));
  const leastFeasible = Math.min(...scores.map(({ feasible }) => feasible));
  const cells = [
    `${states.padStart(8)} [${mostStates.toFixed(1)}]`.padStart(18),
    mean(scores, ({ sharesPerMinute }) => sharesPerMinute)
      .toFixed(1)
      .padStart(10),
    `${percent(mean(scores, ({ overloaded }) => overloaded))} [${percent(mostOverloaded).trim()}]`.padStart(
      21,
    ),
    `${percent(mean(scores, ({ feasible }) => feasible))} [${percent(leastFeasible).trim()}]`.padStart(21),
  ];
  console.log(`${name.padEnd(34)} ${cells.join(' ')}`);
  if (controller !== subject) continue;
  if (mostStates > MOST_STATES_PER_MINUTE) missed += 1;
  if (mostOverloaded > MOST_OVERLOADED) missed += 1;
  if (leastFeasible < LEAST_FEASIBLE) missed += 1;
}
console.log(
  `goals of "manager, balanced", for every seed: at most ${MOST_STATES_PER_MINUTE} states/min, ${percent(MOST_OVERLOADED).trim()} overloaded, at least ${percent(LEAST_FEASIBLE).trim()} feasible: ${missed === 0 ? 'met' : `${missed} missed`}`,
);
if (flags.gate && missed > 0) process.exitCode = 1;
