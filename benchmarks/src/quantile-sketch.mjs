/**
 * Speed and accuracy of the quantile sketch.
 *
 *   node benchmarks/src/quantile-sketch.mjs [--gate] [--json]
 *
 * Speed: CPU time of `sketch.add(value)` beside `store.add(value)`, a class that does nothing but store the
 * value in an array, in alternated rounds of one process; each of them in four instances that take turns, as a
 * process has many. Beside them `array.push(value)`, and the bare assignment `array[i++ & mask] = value` with
 * all in one function. Accuracy: the relative error against the value of rank ⌊q × (n - 1)⌋ of the sorted
 * values. With --gate the exit code is 1 when a ratio to the store is above 2 or an error above 1 %.
 */
import { QuantileSketch, seededRandom } from '@evenkeel/core';
import { median, printTable } from './table.mjs';

const MAX_RATIO = 2;
const MAX_ERROR = 0.01;
const VALUES = 1 << 16;
const REPEATS = 16;
const ROUNDS = 25;
const WARMUP_ROUNDS = 5;
const INSTANCES = 4;

const random = seededRandom(7);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const distributions = {
  'log-normal': () => Math.exp(3 + normal()),
  bimodal: () => (random() < 0.7 ? Math.exp(0.2 * normal()) : 2000 * Math.exp(0.3 * normal())),
  'heavy-tailed (Pareto, 0.8)': () => 0.001 * (1 - random()) ** (-1 / 0.8),
  'log-uniform, nine decades': () => 1e-3 * 10 ** (9 * random()),
};

class ArrayStore {
  #values = new Float64Array(4096);
  #next = 0;

  add(value) {
    this.#values[this.#next++ & 4095] = value;
  }
}

/* A loop for each kind: one for all would learn the types of all. */
const loops = {
  assignment: (values, array) => {
    for (let i = 0; i < VALUES; i++) array[i & 4095] = values[i];
  },
  store: (values, store) => {
    for (let i = 0; i < VALUES; i++) store.add(values[i]);
  },
  push: (values, array) => {
    array.length = 0;
    for (let i = 0; i < VALUES; i++) array.push(values[i]);
  },
  sketch: (values, sketch) => {
    for (let i = 0; i < VALUES; i++) sketch.add(values[i]);
  },
};
const create = {
  assignment: () => new Float64Array(4096),
  store: () => new ArrayStore(),
  push: () => [],
  sketch: () => new QuantileSketch(),
};

/** CPU time a value in ns, which does not count what else runs on the machine. */
function cpuNs(kind, values, instances) {
  const before = process.cpuUsage();
  for (let repeat = 0; repeat < REPEATS; repeat++) loops[kind](values, instances[repeat % INSTANCES]);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (VALUES * REPEATS);
}

function measureSpeed([name, draw]) {
  const values = Float64Array.from({ length: VALUES }, draw);
  const kinds = Object.keys(loops).map((kind) => [kind, Array.from({ length: INSTANCES }, create[kind])]);
  const rounds = Array.from({ length: WARMUP_ROUNDS + ROUNDS }, () =>
    Object.fromEntries(kinds.map(([kind, instances]) => [kind, cpuNs(kind, values, instances)])),
  ).slice(WARMUP_ROUNDS);
  const ns = (kind) => round(median(rounds.map((each) => each[kind])));
  const ratios = rounds.map(({ sketch, store }) => sketch / store).sort((a, b) => a - b);
  return {
    values: name,
    'sketch ns': ns('sketch'),
    'store ns': ns('store'),
    ratio: round(median(ratios)),
    range: `${round(ratios[0])}-${round(ratios.at(-1))}`,
    'assignment ns': ns('assignment'),
    'push ns': ns('push'),
  };
}

function measureAccuracy([name, draw]) {
  const sorted = Float64Array.from({ length: 200_000 }, draw);
  const sketch = new QuantileSketch();
  for (const value of sorted) sketch.add(value);
  sorted.sort();
  const errors = [0.5, 0.9, 0.95, 0.99, 0.999].map((q) => {
    const exact = sorted[Math.floor(q * (sorted.length - 1))];
    return [
      `error at p${+(q * 100).toFixed(1)}`,
      Number(Math.abs(sketch.quantile(q) / exact - 1).toFixed(5)),
    ];
  });
  return { values: name, ...Object.fromEntries(errors) };
}

function round(value) {
  return Math.round(value * 100) / 100;
}

const speed = Object.entries(distributions).map(measureSpeed);
const accuracy = Object.entries(distributions).map(measureAccuracy);
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, speed, accuracy }, null, 2));
} else {
  console.log(`Node ${process.version}`);
  printTable(speed);
  console.log();
  printTable(accuracy);
}
if (process.argv.includes('--gate')) {
  const slow = speed.filter(({ ratio }) => ratio > MAX_RATIO);
  const wrong = accuracy.filter((row) => Object.values(row).some((error) => error > MAX_ERROR));
  for (const { values, ratio } of slow) console.error(`${values}: add takes ${ratio} times a store`);
  for (const { values } of wrong) console.error(`${values}: an error above 1 %`);
  if (slow.length + wrong.length > 0) process.exitCode = 1;
}
