/**
 * Speed and accuracy of the quantile sketch, in one process.
 *
 *   node benchmarks/src/quantile-sketch.mjs [--gate] [--json]
 *
 * Speed: CPU time of `sketch.add(v)` over that of `array[i++ & mask] = v`, for the same values, in alternated
 * rounds. Accuracy: the relative error against the value of rank ⌊q × (n - 1)⌋ of the sorted values.
 * With --gate the exit code is 1 when a ratio is above 2 or an error above 1 %; with --json the rows are
 * printed as JSON.
 */
import { QuantileSketch, seededRandom } from '@evenkeel/core';

const gate = process.argv.includes('--gate');
const asJson = process.argv.includes('--json');

const MAX_RATIO = 2;
const MAX_ERROR = 0.01;
const VALUES = 1 << 16;
const REPEATS = 32;
const WARMUP_ROUNDS = 4;
const ROUNDS = 25;
const MASK = 4095;

const random = seededRandom(7);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const distributions = {
  'log-normal': () => Math.exp(3 + normal()),
  bimodal: () => (random() < 0.7 ? Math.exp(0.2 * normal()) : 2000 * Math.exp(0.3 * normal())),
  'heavy-tailed (Pareto, α = 0.8)': () => 0.001 * (1 - random()) ** (-1 / 0.8),
  'log-uniform over nine decades': () => 1e-3 * 10 ** (9 * random()),
  'milliseconds as integers': () => Math.ceil(Math.exp(1.5 + normal())),
};

/** Time that the process computed, in ns: what else runs on the machine does not count. */
function cpuNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/* What the loops leave behind is added up and printed, so that none of them can be optimised away. */
let kept = 0;

/*
 * A loop over a constant array and a constant target, as in a program that has both at the top of a module.
 * Each is compiled for itself: one function for all would learn the types of all.
 */
function createLoop(name, values, target, each) {
  const source = `/* ${name} */ const values = given, target = to;
    return () => {
      let i = 0;
      for (let repeat = 0; repeat < ${REPEATS}; repeat++) for (let j = 0; j < ${VALUES}; j++) ${each};
      return i;
    };`;
  return new Function('given', 'to', source)(values, target);
}

function measureSpeed(name, draw) {
  const values = Float64Array.from({ length: VALUES }, draw);
  const array = new Float64Array(MASK + 1);
  const sketch = new QuantileSketch();
  const store = createLoop(name, values, array, `target[i++ & ${MASK}] = values[j]`);
  const add = createLoop(name, values, sketch, 'target.add(values[j])');
  const rounds = [];
  for (let round = 0; round < WARMUP_ROUNDS + ROUNDS; round++) {
    const started = cpuNs();
    kept += store() + array[round & MASK];
    const stored = cpuNs();
    add();
    const added = cpuNs();
    if (round < WARMUP_ROUNDS) continue;
    const operations = VALUES * REPEATS;
    rounds.push({ storeNs: (stored - started) / operations, addNs: (added - stored) / operations });
  }
  kept += sketch.count;
  const ratios = rounds.map(({ storeNs, addNs }) => addNs / storeNs).sort((a, b) => a - b);
  const middle = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
  return {
    measure: 'speed',
    values: name,
    storeNs: middle(rounds.map(({ storeNs }) => storeNs)),
    addNs: middle(rounds.map(({ addNs }) => addNs)),
    ratio: middle([...ratios]),
    lowest: ratios[0],
    highest: ratios.at(-1),
  };
}

function measureAccuracy(name, draw) {
  const count = 200_000;
  const sketch = new QuantileSketch();
  const sorted = Float64Array.from({ length: count }, draw);
  for (const value of sorted) sketch.add(value);
  sorted.sort();
  const errors = {};
  for (const q of [0.5, 0.9, 0.95, 0.99, 0.999]) {
    const exact = sorted[Math.floor(q * (count - 1))];
    errors[`p${+(q * 100).toFixed(1)}`] = Math.abs(sketch.quantile(q) / exact - 1);
  }
  return { measure: 'accuracy', values: name, errors, worst: Math.max(...Object.values(errors)) };
}

const speed = Object.entries(distributions).map(([name, draw]) => measureSpeed(name, draw));
const accuracy = Object.entries(distributions).map(([name, draw]) => measureAccuracy(name, draw));

if (asJson) {
  console.log(JSON.stringify([...speed, ...accuracy], null, 2));
} else {
  console.log(`quantile sketch, Node ${process.version}, ${ROUNDS} alternated rounds (checksum ${kept.toFixed(0)})\n`);
  const ns = (value) => `${value.toFixed(2)} ns`;
  console.table(
    Object.fromEntries(
      speed.map(({ values, storeNs, addNs, ratio, lowest, highest }) => [
        values,
        {
          'array store': ns(storeNs),
          'sketch.add': ns(addNs),
          ratio: ratio.toFixed(2),
          range: `${lowest.toFixed(2)}-${highest.toFixed(2)}`,
        },
      ]),
    ),
  );
  const percent = (value) => `${(100 * value).toFixed(3)} %`;
  console.table(
    Object.fromEntries(
      accuracy.map(({ values, errors }) => [
        values,
        Object.fromEntries(Object.entries(errors).map(([q, error]) => [q, percent(error)])),
      ]),
    ),
  );
}

if (gate) {
  const failures = [
    ...speed.filter(({ ratio }) => ratio > MAX_RATIO).map((row) => `${row.values}: ratio ${row.ratio.toFixed(2)} > 2`),
    ...accuracy.filter(({ worst }) => worst > MAX_ERROR).map((row) => `${row.values}: error ${row.worst} > 1 %`),
  ];
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
