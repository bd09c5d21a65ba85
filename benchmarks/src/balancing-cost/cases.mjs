import { BareHeap } from './bare-heap.mjs';

/**
 * The cases of balancing-cost.mjs: each a function that prepares and gives the loop to be measured. In every case but
 * those of the hash alone, some requests are in flight all the time, two to a server: each turn ends one of them, drawn
 * at random, and begins another, so that they end in another order than they began in. The time they took is what has
 * passed by a clock of numbers, 10 ms in the mean; none is read.
 */
const IN_FLIGHT_PER_SERVER = 2;
const MEAN_LATENCY_MS = 10;
/* Drawn beforehand, as many keys made, and used over and over. */
const DRAWS = 2 ** 16;

const STRATEGIES = [
  'adaptive',
  'round-robin',
  'weighted-round-robin',
  'least-connections',
  'least-response-time',
  'resource-based',
  'hash',
  'p2c',
];
export const SIZES = [10, 1000];

export const cases = Object.fromEntries(
  SIZES.flatMap((servers) => [
    [`loop alone, ${servers}`, () => loopAlone(servers)],
    ...STRATEGIES.map((strategy) => [`${strategy}, ${servers}`, () => pickAndCompletion(strategy, servers)]),
    [`adaptive with equal latencies, ${servers}`, () => adaptiveWithEqualLatencies(servers)],
    [`bare heap, ${servers}`, () => bareHeap(servers, (latencyMs) => latencyMs)],
    [`bare heap with equal latencies, ${servers}`, () => bareHeap(servers, () => MEAN_LATENCY_MS)],
    [`hash lookup, ${servers}`, () => hashLookup(servers)],
    [`undici BalancedPool, ${servers}`, () => undiciSelection(servers)],
  ]),
);

/** What the loop of the others costs without a balancer. */
function loopAlone(servers) {
  return inFlight(servers, (at) => at % servers, finishNothing);
}

async function pickAndCompletion(strategy, servers) {
  const picker = await pickerOf(strategy, servers);
  const keys = strategy === 'hash' ? keysOf() : [];
  const pick =
    strategy === 'hash'
      ? (at, nowMs) => picker.pick(nowMs, undefined, keys[at & (DRAWS - 1)])
      : (_at, nowMs) => picker.pick(nowMs);
  return inFlight(servers, pick, (slot, nowMs, latencyMs) => picker.finish(slot, nowMs, latencyMs, false));
}

async function adaptiveWithEqualLatencies(servers) {
  const picker = await pickerOf('adaptive', servers);
  return inFlight(
    servers,
    (_at, nowMs) => picker.pick(nowMs),
    (slot, nowMs) => picker.finish(slot, nowMs, MEAN_LATENCY_MS, false),
  );
}

function bareHeap(servers, learn) {
  const heap = new BareHeap(servers);
  return inFlight(
    servers,
    () => heap.pick(),
    (slot, _nowMs, latencyMs) => heap.finish(slot, learn(latencyMs)),
  );
}

/** Keys one after another, all of which were looked up before. */
async function hashLookup(servers) {
  const { strategy } = await pickerOf('hash', servers);
  const keys = keysOf();
  let sum = 0;
  const run = (operations) => {
    for (let at = 0; at < operations; at++) sum += strategy.pick(0, undefined, keys[at & (DRAWS - 1)]);
    return sum;
  };
  run(DRAWS);
  return run;
}

/** Its selection alone: it takes no notice of a request's end. */
async function undiciSelection(servers) {
  const { BalancedPool } = await import('undici');
  const { createRequire } = await import('node:module');
  const { kGetDispatcher } = createRequire(import.meta.url)('undici/lib/dispatcher/pool-base.js');
  const pool = new BalancedPool(
    Array.from({ length: servers }, (_, at) => `http://127.0.0.1:${10_000 + at}`),
  );
  let last;
  const pick = (at) => {
    last = pool[kGetDispatcher]();
    return last === undefined ? -1 : at;
  };
  return inFlight(servers, pick, finishNothing);
}

function finishNothing() {}

async function pickerOf(strategy, servers) {
  const { Picker } = await import('@evenkeel/load-balancer');
  const picker = new Picker({ strategy });
  for (let at = 0; at < servers; at++) picker.setWeight(picker.add(`server-${at}`, 0), 1, 0, true);
  return picker;
}

function keysOf() {
  return Array.from({ length: DRAWS }, (_, at) => `user:${(at * 7919) % 1_000_003}`);
}

function inFlight(servers, pick, finish) {
  const requests = IN_FLIGHT_PER_SERVER * servers;
  const ends = Int32Array.from({ length: DRAWS }, () => Math.random() * requests);
  const slots = new Int32Array(requests).fill(-1);
  const startedAtMs = new Float64Array(requests);
  const stepMs = MEAN_LATENCY_MS / requests;
  let nowMs = 0;
  const run = (operations) => {
    for (let at = 0; at < operations; at++) {
      const request = ends[at & (DRAWS - 1)];
      nowMs += stepMs;
      if (slots[request] !== -1) finish(slots[request], nowMs, nowMs - startedAtMs[request]);
      slots[request] = pick(at, nowMs);
      startedAtMs[request] = nowMs;
    }
  };
  return run;
}
