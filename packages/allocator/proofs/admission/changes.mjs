/**
 * Changes that admission control has to find out by itself, in the middle of a load. A row for each phase of 10 s (the
 * first of 5 s), and of its first seconds, which is when it learns.
 *
 *   node packages/allocator/proofs/admission/changes.mjs [--seed 1] [--change halves,…]
 *
 * - `halves`, `doubles`: places of the pool, 4 at first, under twice the load that 4 can bear
 * - `slower`: from 5 ms to 500 ms for work without a bottleneck, 400 a second all the time
 * - `pause`: work of 0.2 ms, 2500 a second (half of what is possible), and once a second the process stands still for 50 ms
 * - `waves`: 4 places of a pool for 20 ms, 3 times the load for half a second, then half a second without any
 */
import { parseArgs } from 'node:util';
import { latencyQuantile, play, pool, round1, served } from './model.mjs';

const poolOf20Ms = (clock) => pool(clock, 4, () => 20);
const wait = (clock) => {
  let ms = 5;
  return Object.assign((done) => void clock.setTimeout(done, ms), { setMs: (to) => (ms = to) });
};

const CHANGES = {
  halves: {
    serviceMs: 20,
    make: poolOf20Ms,
    phases: [
      { perSecond: 100, ms: 5000 },
      { perSecond: 400, ms: 10_000, possible: 200 },
      { perSecond: 400, ms: 10_000, possible: 100, enter: (handle) => handle.resize(2) },
    ],
  },
  doubles: {
    serviceMs: 20,
    make: poolOf20Ms,
    phases: [
      { perSecond: 100, ms: 5000 },
      { perSecond: 400, ms: 10_000, possible: 200 },
      { perSecond: 400, ms: 10_000, possible: 400, enter: (handle) => handle.resize(8) },
    ],
  },
  slower: {
    serviceMs: 500,
    make: wait,
    phases: [
      { perSecond: 400, ms: 5000 },
      { perSecond: 400, ms: 10_000, enter: (handle) => handle.setMs(500) },
      { perSecond: 400, ms: 10_000, enter: (handle) => handle.setMs(5) },
    ],
  },
  pause: {
    serviceMs: 0.2,
    make: (clock, _random, loop) => {
      clock.setInterval(() => loop.block(50, () => {}), 1000);
      return (done) => loop.block(0.2, done);
    },
    phases: [
      { perSecond: 2500, ms: 5000 },
      { perSecond: 2500, ms: 10_000 },
    ],
  },
  waves: {
    serviceMs: 20,
    make: poolOf20Ms,
    phases: [
      { perSecond: 100, ms: 5000 },
      ...Array.from({ length: 20 }, (_, half) =>
        half % 2 === 0
          ? { perSecond: 600, ms: 500, possible: 200 }
          : { perSecond: Number.MIN_VALUE, ms: 500 },
      ),
    ],
  },
};

/** What became of the requests of each phase, and of those of its first second. */
export function change({ name, seed, watch }) {
  const { serviceMs, make, phases } = CHANGES[name];
  let beginsMs = 0;
  return play({ seed, serviceMs, make, phases, watch }).outcomes.map((during, index) => {
    const { perSecond, ms, possible = perSecond } = phases[index];
    const isIn = (fromMs, toMs) => (outcome) =>
      outcome.atMs >= beginsMs + fromMs && outcome.atMs < beginsMs + toMs;
    const goodput = (fromMs, toMs) => {
      const within = during.filter(isIn(fromMs, toMs));
      const answered = within.filter(({ latencyMs }) => latencyMs < Infinity).length;
      return round1((100 * answered) / ((possible * (toMs - fromMs)) / 1000));
    };
    const refused = (outcomes) => (outcomes.length > 0 ? round1(100 * (1 - served(outcomes))) : 0);
    const row = {
      change: name,
      phase: index,
      'goodput %': goodput(0, ms),
      'goodput from 2 s %': ms > 2000 ? goodput(2000, ms) : undefined,
      'refused %': refused(during),
      'refused from 2 s %': refused(during.filter(isIn(2000, ms))),
      p99: round1(latencyQuantile(during, 0.99)),
      'p99 from 2 s': round1(latencyQuantile(during.filter(isIn(2000, ms)), 0.99)),
    };
    beginsMs += ms;
    return row;
  });
}

if (process.argv[1] === import.meta.filename) {
  const { values: options } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      change: { type: 'string', default: Object.keys(CHANGES).join(',') },
    },
  });
  console.table(
    options.change
      .split(',')
      .flatMap((name) =>
        change({ name, seed: Number(options.seed) }).filter(
          ({ phase }) => name !== 'waves' || phase % 2 === 1,
        ),
      ),
  );
}
