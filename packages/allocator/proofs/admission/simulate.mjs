/**
 * Five kinds of work at a multiple of the capacity, after 5 s and before 5 s at half of it.
 *
 *   node packages/allocator/proofs/admission/simulate.mjs [--seconds 60] [--seed 1] [--work cpu,io,…] [--loads 0.5,…]
 *
 * - `cpu`: blocks the event loop for 5 ms
 * - `io`: one of 4 places of a pool for 20 ms
 * - `mixed`: the same pool, but one request in ten takes 110 ms and the others 10 ms
 * - `shared`: a back end that does 200 a second, all in flight sharing it, none faster than 20 ms
 * - `slow`: 1 s of waiting on something without a bottleneck, 2000 a second at load 1
 */
import { parseArgs } from 'node:util';
import { latencyQuantile, play, pool, round1, served, sharing } from './model.mjs';

const WORK = {
  cpu: { capacity: 200, serviceMs: 5, make: (_clock, _random, loop) => (done) => loop.block(5, done) },
  io: { capacity: 200, serviceMs: 20, make: (clock) => pool(clock, 4, () => 20) },
  mixed: {
    capacity: 200,
    serviceMs: 20,
    make: (clock, random) => pool(clock, 4, () => (random() < 0.1 ? 110 : 10)),
  },
  shared: { capacity: 200, serviceMs: 20, make: (clock) => sharing(clock, 0.2, 20) },
  slow: { capacity: 2000, serviceMs: 1000, make: (clock) => (done) => void clock.setTimeout(done, 1000) },
};
const BEFORE_MS = 5000;

export function simulate({ work, load, seconds, seed, watch }) {
  const { capacity, serviceMs, make } = WORK[work];
  const quiet = { perSecond: 0.5 * capacity, ms: BEFORE_MS };
  const phases = [quiet, { perSecond: load * capacity, ms: seconds * 1000 }, quiet];
  const { admission, outcomes } = play({ seed, serviceMs, make, phases, watch });
  const during = outcomes[1];
  const essential = during.filter((each) => each.essential);
  const goodput = new Array(seconds).fill(0);
  for (const { atMs, latencyMs } of during) {
    if (latencyMs < Infinity) goodput[Math.floor((atMs - BEFORE_MS) / 1000)] += 100 / capacity;
  }
  return {
    work,
    load,
    'goodput %': round1(goodput.reduce((sum, each) => sum + each, 0) / seconds),
    // Where less than the capacity is asked for, this is the least that was asked for.
    'worst second %': round1(Math.min(...goodput)),
    p50: round1(latencyQuantile(during, 0.5)),
    p99: round1(latencyQuantile(during, 0.99)),
    'p99 from 1 s': round1(
      latencyQuantile(
        during.filter(({ atMs }) => atMs >= BEFORE_MS + 1000),
        0.99,
      ),
    ),
    'refused %': round1(100 * (1 - served(during))),
    'essential %': round1(100 * served(essential)),
    'essential p99': round1(latencyQuantile(essential, 0.99)),
    limit: admission.statistics().limit ?? 'none',
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values: options } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      work: { type: 'string', default: Object.keys(WORK).join(',') },
      loads: { type: 'string', default: '0.5,0.9,1,2,3,5' },
    },
  });
  const rows = options.work.split(',').flatMap((work) =>
    options.loads.split(',').map((load) =>
      simulate({
        work,
        load: Number(load),
        seconds: Number(options.seconds),
        seed: Number(options.seed),
      }),
    ),
  );
  console.table(rows);
}
