import { seededRandom } from '@evenkeel/core';
import { numberKeys } from './traces.mjs';

/* Each kind of request draws its keys from a range of its own. */
const RANGE = 2 ** 24;

/**
 * Seeded traces of kinds that recorded ones show, in two sets of the same kinds with other parameters: the
 * default policy's constants were chosen on the first and on recorded traces, not on the second.
 */
export function syntheticTraces(set) {
  const [requests, at] = set === 'tuned' ? [150_000, 0] : [200_000, 1];
  const pick = (...values) => values[at];
  const seed = pick(1000, 2000);
  const kinds = {
    zipf: (random) => zipf(random, pick(20_000, 50_000), pick(0.9, 1.05)),
    'zipf, drifting': (random) => drifting(random, pick(20_000, 10_000), pick(1, 0.8), pick(30, 12)),
    'zipf and scans': (random) =>
      interleaved(
        random,
        zipf(random, pick(10_000, 20_000), pick(0.9, 0.8)),
        scan(1),
        pick(4000, 1500),
        pick(3000, 1500),
      ),
    'zipf and one-hit keys': (random) =>
      mixed(random, zipf(random, pick(10_000, 30_000), 0.85), scan(1), pick(0.3, 0.5)),
    'zipf and a loop': (random) =>
      mixed(random, zipf(random, pick(5000, 8000), 0.9), loop(pick(6000, 2500), 1), pick(0.4, 0.6)),
    loop: () => loop(pick(3000, 1700), 0),
    'two loops': (random) =>
      mixed(random, loop(pick(500, 300), 0), loop(pick(6000, 9000), 1), pick(0.7, 0.5)),
    recency: (random) => recency(random, pick(0.12, 0.25), pick(0.9, 0.7)),
    'recency, then loop': (random) =>
      phases(requests, [
        recency(random, pick(0.3, 0.15), 0.8),
        loop(pick(2000, 5000), 1),
        recency(random, pick(0.3, 0.15), 0.8, 2),
      ]),
    bursts: (random) => bursts(random, pick(4, 8), pick(300, 1000)),
    'bursts and zipf': (random) =>
      mixed(
        random,
        bursts(random, pick(3, 5), pick(1000, 400)),
        zipf(random, 8000, pick(0.8, 1), 1),
        pick(0.5, 0.4),
      ),
    'used twice > loop > used twice': (random) =>
      phases(requests, [
        bursts(random, 2, pick(150, 50)),
        loop(pick(1500, 900), 1),
        bursts(random, 2, pick(150, 50), 2),
      ]),
    'files read in sequence': (random) => sequences(random, pick(400, 1200), pick(0.8, 0.6), pick(40, 15)),
    'zipf, then others': (random) =>
      phases(
        requests,
        [0, 1, 2, 3].map((range) => zipf(random, pick(10_000, 6000), pick(0.8, 1.1), range)),
      ),
    'scan, zipf, recency, loop': (random) =>
      phases(requests, [
        scan(0),
        zipf(random, pick(6000, 12_000), 0.9, 1),
        recency(random, 0.2, pick(0.8, 0.9), 2),
        loop(pick(2500, 4000), 3),
        zipf(random, pick(6000, 12_000), 0.9, 1),
      ]),
  };
  return Object.entries(kinds).map(([name, create], number) => {
    const next = create(seededRandom(seed + number));
    return numberKeys(
      name,
      Int32Array.from({ length: requests }, () => next()),
    );
  });
}

/* Keys of ranks 1 … n with probabilities as rank^-skew. */
function zipf(random, n, skew, range = 0) {
  const ranks = zipfRanks(random, n, skew);
  return () => range * RANGE + scatter(ranks(), n);
}

function zipfRanks(random, n, skew) {
  const cumulative = new Float64Array(n);
  let sum = 0;
  for (let rank = 0; rank < n; rank += 1) {
    sum += (rank + 1) ** -skew;
    cumulative[rank] = sum;
  }
  return () => {
    const drawn = random() * sum;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

/* So that neighbouring ranks are not neighbouring keys. */
function scatter(rank, n) {
  return (rank * 7919) % n;
}

/* The popular keys give way to others: after so many requests all ranks have moved on by one. */
function drifting(random, n, skew, requestsPerStep) {
  const ranks = zipfRanks(random, n, skew);
  let requests = 0;
  return () => {
    requests += 1;
    return ranks() + Math.floor(requests / requestsPerStep);
  };
}

function loop(n, range) {
  let at = -1;
  return () => {
    at = (at + 1) % n;
    return range * RANGE + at;
  };
}

/* Each key once. */
function scan(range) {
  let at = 0;
  return () => range * RANGE + at++;
}

function mixed(random, often, other, share) {
  return () => (random() < share ? other() : often());
}

/* A run of the one, a run of the other, of these mean lengths. */
function interleaved(random, first, second, meanFirst, meanSecond) {
  let inFirst = true;
  return () => {
    if (random() < 1 / (inFirst ? meanFirst : meanSecond)) inFirst = !inFirst;
    return inFirst ? first() : second();
  };
}

/* A new key, or that of an earlier request: the more recent, the more likely (a Pareto distribution of the age). */
function recency(random, newShare, shape, range = 0) {
  const history = [];
  let fresh = 0;
  return () => {
    const age = Math.floor((1 - random()) ** (-1 / shape));
    const key =
      random() < newShare || age > history.length ? range * RANGE + fresh++ : history[history.length - age];
    history.push(key);
    return key;
  };
}

/* Keys that are used some times within a span of requests and then no more. */
function bursts(random, uses, span, range = 0) {
  const due = new Map();
  let now = 0;
  let fresh = 0;
  return () => {
    now += 1;
    const pending = due.get(now);
    if (pending !== undefined) {
      due.delete(now);
      const key = pending.pop();
      // Only one request at a time: the others wait.
      if (pending.length > 0) due.set(now + 1, [...pending, ...(due.get(now + 1) ?? [])]);
      return key;
    }
    const key = range * RANGE + fresh++;
    for (let use = 1; use < uses; use += 1) {
      const at = now + 1 + Math.floor(random() * span);
      due.set(at, [...(due.get(at) ?? []), key]);
    }
    return key;
  };
}

/* Files of some blocks, popular by Zipf's law, each read from its beginning to an end that varies. */
function sequences(random, files, skew, meanBlocks) {
  const ranks = zipfRanks(random, files, skew);
  let block = 0;
  let left = 0;
  return () => {
    if (left <= 0) {
      block = ranks() * 1024;
      left = Math.min(1000, 1 + Math.floor(-Math.log(1 - random()) * meanBlocks));
    }
    left -= 1;
    return block++;
  };
}

/* One after the other, each for the same number of requests. */
function phases(requests, parts) {
  let at = 0;
  return () => {
    const part = parts[Math.min(parts.length - 1, Math.floor((at * parts.length) / requests))];
    at += 1;
    return part();
  };
}
