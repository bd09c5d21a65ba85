import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Cache } from '../../src/index.ts';
import { liveBytes } from '../live-bytes.ts';
import { type Finding, median } from './report.ts';
import { idleSlices, ownMs, type Slice, SliceProbe } from './slices.ts';

const ENTRIES = 1_000_000;

const PREFIXES = 300;

/* As many as the sweeps of a run take, and as long as most of them. */
const IDLE_SLICES = 10_000;
const IDLE_SLICE_MS = 0.4;

/* Entries are set so many at once, so that filling the cache is no block of its own. */
const CHUNK = 2000;

/* What the event loop's delays are measured with, and include. */
const RESOLUTION_MS = 1;

const INVALIDATIONS: Readonly<Record<string, (cache: Cache) => void>> = {
  'a tag': (cache) => cache.invalidateTags('all'),
  'a prefix': (cache) => cache.invalidatePrefix('entry:'),
  'a pattern': (cache) => cache.invalidatePattern('*entry*:?*'),
};

/** Invalidates a million entries at once, and watches how they go. */
export async function measureInvalidation(runs: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const probe = new SliceProbe();
  probe.start();
  const cache = new Cache<object>({ maxSize: ENTRIES, clock: probe.clock });
  const empty = liveBytes();
  for (const [what, invalidate] of Object.entries(INVALIDATIONS)) {
    const calls: number[] = [];
    const passes: number[] = [];
    const blocks: number[] = [];
    const slices: Slice[] = [];
    const pauses: string[] = [];
    let full = 0;
    let rest = 0;
    for (let run = 0; run < runs; run++) {
      await fill(cache);
      full = liveBytes();
      await probe.take();
      // Looking at the heap makes the engine forget what it has compiled.
      warmUp();
      const begun = performance.now();
      invalidate(cache as Cache);
      calls.push((performance.now() - begun) * 1000);
      blocks.push(await longestBlockUntil(() => cache.size === 0));
      passes.push(performance.now() - begun);
      const taken = await probe.take(begun);
      slices.push(...taken.slices);
      pauses.push(...taken.pauses);
      rest = liveBytes();
    }
    const own = slices.map(ownMs).sort((a, b) => a - b);
    const longest = (of: (slice: Slice) => number) => Math.max(...slices.map(of));
    findings.push(
      {
        what: `invalidating ${what} of ${ENTRIES} entries, median`,
        value: median(calls),
        unit: 'us',
        bound: 100,
      },
      { what: '  the worst call', value: Math.max(...calls), unit: 'us', bound: 100 },
      {
        what: '  999 of 1000 sweep slices, of their own',
        value: own[Math.floor(0.999 * own.length)] ?? Number.NaN,
        unit: 'ms',
        bound: 1,
      },
      { what: '  the longest of them', value: own.at(-1) ?? Number.NaN, unit: 'ms' },
      { what: '  most garbage collection within a slice', value: longest(({ gcMs }) => gcMs), unit: 'ms' },
      {
        what: '  longest without a processor within a slice',
        value: longest(({ preemptedMs }) => preemptedMs),
        unit: 'ms',
      },
      {
        what: '  longest block of the event loop, all in all',
        value: Math.max(...blocks),
        unit: 'ms',
        note: `longest collections: ${[...new Set(pauses)].join(', ') || 'none'}`,
      },
      { what: '  until all is freed, median', value: median(passes), unit: 'ms' },
      { what: '  heap when full', value: (full - empty) / 1e6, unit: 'MB' },
      { what: '  heap that is not freed', value: (rest - empty) / 1e6, unit: 'MB', bound: 16 },
    );
  }
  await fill(cache);
  findings.push(...measureManyPrefixes(cache), {
    what: `the longest of ${IDLE_SLICES} slices of ${IDLE_SLICE_MS} ms that do nothing`,
    value: Math.max(...idleSlices(IDLE_SLICES, IDLE_SLICE_MS)),
    unit: 'ms',
    note: "what is beyond that is not the cache's",
  });
  cache.stop();
  probe.stop();
  return findings;
}

/** Prefixes in a row, none of which has an entry: more than are remembered until the next pass. */
function measureManyPrefixes(cache: Cache<object>): Finding[] {
  const calls = Array.from({ length: PREFIXES }, (_, at) => {
    const begun = performance.now();
    cache.invalidatePrefix(`none:${at}:`);
    return performance.now() - begun;
  });
  return [
    { what: `${PREFIXES} prefixes in a row, the worst call`, value: Math.max(...calls), unit: 'ms' },
    { what: '  their median', value: median(calls) * 1000, unit: 'us', bound: 100 },
  ];
}

async function fill(cache: Cache<object>): Promise<void> {
  for (let at = 0; at < ENTRIES; at++) {
    cache.set(`entry:${at}`, { at }, { tags: ['all', `group ${at % 1000}`], ttl: 3_600_000 });
    if (at % CHUNK === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a call costs whose code has been compiled. */
function warmUp(): void {
  const cache = new Cache();
  for (let at = 0; at < 2000; at++) {
    cache.set('entry:', at, { tags: ['all'] });
    for (const invalidate of Object.values(INVALIDATIONS)) invalidate(cache);
  }
  cache.stop();
}

/** The longest time that the event loop did not come round, until something is so. */
async function longestBlockUntil(isSo: () => boolean): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  delays.disable();
  return delays.max / 1e6 - RESOLUTION_MS;
}
