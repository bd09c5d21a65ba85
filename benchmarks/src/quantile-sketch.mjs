/**
 * Speed and accuracy of the quantile sketch, in one process.
 *
 *   node benchmarks/src/quantile-sketch.mjs [--gate] [--json]
 *
 * Speed, as CPU time a value in alternated rounds: `array[i++ & mask] = v` (store), the least that a sketch
 * with a sum can do, unchecked and without minimum and maximum (floor), and `sketch.add(v)`. What the store
 * costs depends on the loop: V8 takes what does not change out of an innermost loop of the simplest kind, which
 * halves the store, but not out of a loop within a loop, and it can't take arguments for constants. Accuracy:
 * the relative error against the value of rank ⌊q × (n - 1)⌋ of the sorted values.
 *
 * With --gate the exit code is 1 when in nested loops the median of add / store is above 2, or an error is
 * above 1 %; with --json the rows are printed as JSON.
 */
import { QuantileSketch, seededRandom } from '@evenkeel/core';

const MAX_RATIO = 2;
const MAX_ERROR = 0.01;
const VALUES = 1 << 16;
const REPEATS = 32;
const WARMUP_ROUNDS = 4;
/* Where arrays come to lie in memory makes up to half of a difference: each placement has rounds of its own. */
const PLACEMENTS = 5;
const ROUNDS = 7;

const random = seededRandom(7);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const distributions = {
  'log-normal': () => Math.exp(3 + normal()),
  bimodal: () => (random() < 0.7 ? Math.exp(0.2 * normal()) : 2000 * Math.exp(0.3 * normal())),
  'heavy-tailed': () => 0.001 * (1 - random()) ** (-1 / 0.8),
  'nine decades': () => 1e-3 * 10 ** (9 * random()),
  'whole ms': () => Math.ceil(Math.exp(1.5 + normal())),
};

const bodies = {
  store: 'target[i++ & 4095] = values[j]',
  floor: `{
    const value = values[j];
    bits[0] = value;
    const index = words[1] >> 14;
    target[index & 4095] += 1;
    target[4096 + (index & 15)] += value;
  }`,
  add: 'target.add(values[j])',
};

/* What the loops count is added up and printed, so that none of them can be optimised away. */
let kept = 0;
let compiled = 0;

const kinds = {
  'nested loops': { repeats: REPEATS, constants: true },
  'single loop': { repeats: 1, constants: true },
  'all as arguments': { repeats: 1, constants: false },
};

/* Each loop is compiled for itself (hence the number): one function for all would learn the types of all. */
function createLoop({ repeats, constants }, each, values, target) {
  const loop = `for (let j = 0; j < ${VALUES}; j++) ${each};`;
  const body = `let i = 0; ${repeats > 1 ? `for (let r = 0; r < ${repeats}; r++)` : ''} ${loop} return i;`;
  const source = constants
    ? `const values = v, target = t, bits = b, words = w; return () => { ${body} };`
    : `const run = (values, target, bits, words) => { ${body} }; return () => run(v, t, b, w);`;
  const bits = new Float64Array(1);
  const words = new Int32Array(bits.buffer);
  const run = new Function('v', 't', 'b', 'w', `/* ${compiled++} */ ${source}`)(values, target, bits, words);
  return () => {
    for (let call = 0; call < REPEATS / repeats; call++) kept += run();
  };
}

/** Time that the process computed, in ns a value: what else runs on the machine counts little. */
function cpuNs(run) {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / (VALUES * REPEATS);
}

function measurePlacement(kind, draw) {
  const values = Float64Array.from({ length: VALUES }, draw);
  const loops = [
    createLoop(kinds[kind], bodies.store, values, new Float64Array(4096)),
    createLoop(kinds[kind], bodies.floor, values, new Float64Array(4096 + 16)),
    createLoop(kinds[kind], bodies.add, values, new QuantileSketch()),
  ];
  const rounds = Array.from({ length: WARMUP_ROUNDS + ROUNDS }, () => loops.map(cpuNs));
  return rounds.slice(WARMUP_ROUNDS);
}

function measureSpeed(kind, name) {
  const rounds = Array.from({ length: PLACEMENTS }, () => measurePlacement(kind, distributions[name])).flat();
  const sorted = (pick) => rounds.map(pick).sort((a, b) => a - b);
  const median = (pick) => sorted(pick)[rounds.length >> 1];
  const ratios = sorted(([store, , add]) => add / store);
  return {
    kind,
    values: name,
    storeNs: median(([store]) => store),
    floorNs: median(([, floor]) => floor),
    addNs: median(([, , add]) => add),
    ratio: median(([store, , add]) => add / store),
    range: [ratios[0], ratios.at(-1)],
    ratioToFloor: median(([, floor, add]) => add / floor),
  };
}

function measureAccuracy([name, draw]) {
  const sorted = Float64Array.from({ length: 200_000 }, draw);
  const sketch = new QuantileSketch();
  for (const value of sorted) sketch.add(value);
  sorted.sort();
  const errors = [0.5, 0.9, 0.95, 0.99, 0.999].map((q) => {
    const exact = sorted[Math.floor(q * (sorted.length - 1))];
    return [`p${+(q * 100).toFixed(1)}`, Math.abs(sketch.quantile(q) / exact - 1)];
  });
  return { values: name, ...Object.fromEntries(errors) };
}

const [gated, ...others] = Object.keys(kinds);
const speed = Object.keys(distributions).map((name) => measureSpeed(gated, name));
speed.push(...others.map((kind) => measureSpeed(kind, 'log-normal')));
const accuracy = Object.entries(distributions).map(measureAccuracy);

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ node: process.version, speed, accuracy }, null, 2));
} else {
  const rounded = (row) =>
    JSON.parse(JSON.stringify(row), (_, each) => (each > 0 ? +each.toPrecision(3) : each));
  console.log(`Node ${process.version}, ${PLACEMENTS} × ${ROUNDS} alternated rounds (checksum ${kept})`);
  console.table(speed.map((row) => ({ ...rounded(row), range: rounded(row.range).join('-') })));
  console.table(accuracy.map(rounded));
}
if (process.argv.includes('--gate')) {
  const tooSlow = speed.filter(({ kind, ratio }) => kind === gated && ratio > MAX_RATIO);
  const tooFar = accuracy.filter((row) => Object.values(row).some((error) => error > MAX_ERROR));
  for (const { values, ratio } of tooSlow)
    console.error(`${values}: add takes ${ratio.toFixed(2)} times a store`);
  for (const { values } of tooFar) console.error(`${values}: an error above 1 %`);
  if (tooSlow.length + tooFar.length > 0) process.exitCode = 1;
}
