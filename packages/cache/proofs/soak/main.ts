import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

/* By the end of the second hour all code has been compiled and all tables have grown; what comes on top is a leak. */
const SETTLED_HOUR = 2;
const MOST_GROWTH_BYTES = 1024 * 1024;

const { values: flags } = parseArgs({
  options: { hours: { type: 'string', default: '24' }, seed: { type: 'string', default: '1' } },
});

const COLUMNS = [
  'operations',
  'loads',
  'loadErrors',
  'mostEntries',
  'entries',
  'inFlight',
  'timers',
  'listeners',
  'waiting',
] as const;

console.log(`hour  ${COLUMNS.map((name) => name.padStart(11)).join(' ')}   heap, MB`);
const begun = performance.now();
const all = await soak({
  hours: Number(flags.hours),
  seed: Number(flags.seed),
  told: (remains) => {
    const cells = COLUMNS.map((name) => `${remains[name]}`.padStart(11));
    console.log(
      `${`${remains.hour}`.padStart(4)}  ${cells.join(' ')}   ${(remains.heapBytes / 1e6).toFixed(2)}`,
    );
  },
});
console.log(`${flags.hours} hours of virtual time in ${((performance.now() - begun) / 1000).toFixed(1)} s`);

const left = all.filter(
  ({ entries, inFlight, timers, listeners, waiting }) =>
    entries + inFlight + timers + listeners + waiting > 0,
);
const settled = all[SETTLED_HOUR - 1];
const growth = Math.max(
  0,
  ...all.slice(SETTLED_HOUR).map(({ heapBytes }) => heapBytes - (settled?.heapBytes ?? 0)),
);
console.log(`hours with something left      ${left.length}`);
console.log(
  `growth of the heap since hour ${SETTLED_HOUR} ${(growth / 1024).toFixed(0)} KB at most, of ${MOST_GROWTH_BYTES / 1024} KB allowed`,
);
process.exitCode = left.length > 0 || growth > MOST_GROWTH_BYTES ? 1 : 0;
