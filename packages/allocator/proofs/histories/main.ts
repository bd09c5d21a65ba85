import { parseArgs } from 'node:util';
import { RULES, type Violation } from './checks.ts';
import { playHistory } from './history.ts';
import { MOST_CHANGES_PER_HOUR, PERIODS_MS, playPeriod } from './periods.ts';

const { values: flags } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});

let unhandled = 0;
process.on('unhandledRejection', () => {
  unhandled += 1;
});

const first = Number(flags.seed);
const end = first + Number(flags.count);
const found = new Map<Violation['rule'], { count: number; first: string }>();
let failed = 0;
const begun = performance.now();
for (let seed = first; seed < end; seed++) {
  const violations = await playHistory(seed);
  if (violations.length > 0) failed += 1;
  for (const { rule, at, detail } of violations) {
    const kept = found.get(rule) ?? { count: 0, first: `seed ${seed} at ${at / 1000} s: ${detail}` };
    found.set(rule, { ...kept, count: kept.count + 1 });
  }
}
const seconds = (performance.now() - begun) / 1000;
console.log(
  `histories                    ${end - first}, seeds ${first} to ${end - 1}, in ${seconds.toFixed(1)} s`,
);
console.log(`unhandled rejections         ${unhandled}`);
console.log(`histories with a violation   ${failed}`);
for (const [rule, { count, first: example }] of found) {
  console.log(`  ${rule.padEnd(18)} ${count}: ${RULES[rule]}; first: ${example}`);
}

let most = { periodMs: 0, canReduce: false, changesPerHour: 0 };
for (const periodMs of PERIODS_MS) {
  for (const canReduce of [true, false]) {
    const result = await playPeriod(periodMs, canReduce);
    if (result.changesPerHour > most.changesPerHour) most = result;
  }
}
console.log(
  `changes of state per component and hour, load with a period of 1 s to 20 min: ${most.changesPerHour} at most (${most.periodMs / 1000} s, ${most.canReduce ? 'reduced and paused' : 'paused only'}), of ${MOST_CHANGES_PER_HOUR} allowed`,
);
const isFlapping = most.changesPerHour > MOST_CHANGES_PER_HOUR;
process.exitCode = failed + unhandled > 0 || isFlapping ? 1 : 0;
