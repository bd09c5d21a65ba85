import { parseArgs } from 'node:util';
import { median } from '@evenkeel/core';
import type { LoadBalancerOptions } from '../../src/load-balancer-options.ts';
import { type BlipResult, playBlip } from './blip.ts';

/* What must hold for the balancer as it comes. */
const MOST_ERRORS = 0.001;
const MOST_EXTRA = 0.05;
const MOST_EXTRA_IN_OUTAGE = 0.1;

/* What shows that the model can collapse at all: retries with a static budget, and no throttling. */
const COLLAPSE = 0.5;

const OURS = 'as it comes';
const SUBJECTS: Readonly<Record<string, LoadBalancerOptions>> = {
  [OURS]: {},
  'budget 10 %, no throttle': { throttle: false },
  'budget 20 %, no throttle': { throttle: false, retryBudget: 0.2 },
  'no budget, no throttle': { throttle: false, retryBudget: 1 },
  'no retries, no throttle': { throttle: false, retries: 0 },
};

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    loads: { type: 'string', default: '0.7,0.8,0.9,0.95' },
    gate: { type: 'boolean', default: false },
  },
});
const afterMs = 1000 * Number(flags.seconds);
let missed = 0;
let collapses = 0;

const play = async (
  kind: 'slow' | 'outage',
  load: number,
  blipMs: number,
  clients: number,
  options: LoadBalancerOptions,
) => {
  const runs: BlipResult[] = [];
  for (let seed = 1; seed <= Number(flags.seeds); seed++) {
    runs.push(await playBlip({ kind, load, beforeMs: 5000, blipMs, afterMs, clients, seed, options }));
  }
  return {
    worst: (of: (run: BlipResult) => number) => Math.max(...runs.map(of)),
    usual: (of: (run: BlipResult) => number) => median(runs.map(of)),
  };
};

console.log('all of 10 servers 4x slower for 2 s; requests that may be repeated, with a time-out of 1 s');
console.log(
  `of ${flags.seeds} seeds the median, and the worst in (); errors include requests that were refused`,
);
for (const clients of flags.clients.split(',').map(Number)) {
  console.log(`\n${clients} balancers`);
  console.log(
    '    load                            errors in the blip    5 s after        from then on   worst second        extra tries',
  );
  for (const load of flags.loads.split(',').map(Number)) {
    for (const [subject, options] of Object.entries(SUBJECTS)) {
      if (!subject.includes(flags.only)) continue;
      const { worst, usual } = await play('slow', load, 2000, clients, options);
      const extra = worst((run) => run.extra);
      const after = worst((run) => run.errors.after);
      const worstSecond = worst((run) => run.errors.worstSecond);
      if (options.throttle === false && options.retries !== 0 && after > COLLAPSE) collapses += 1;
      const isMissed = subject === OURS && (worstSecond > MOST_ERRORS || extra > MOST_EXTRA);
      if (isMissed) missed += 1;
      const cells = [
        percent(usual((run) => run.errors.during)),
        percent(usual((run) => run.errors.recovering)),
        `${percent(usual((run) => run.errors.after))} (${percent(after)})`,
        percent(worstSecond),
        `${percent(usual((run) => run.extra))} (${percent(extra)})`,
      ];
      console.log(
        `${percent(load)}  ${subject.padEnd(26)}${cells.join('     ')}${isMissed ? '  MISSED' : ''}`,
      );
    }
  }
  console.log(
    'all servers answer errors for 10 s: extra tries to requests meanwhile, worst second from 5 s after it',
  );
  for (const load of [0.3, 0.9]) {
    const { worst } = await play('outage', load, 10_000, clients, {});
    const extra = worst((run) => run.extraDuring);
    const after = worst((run) => run.errors.worstSecond);
    const isMissed = extra > MOST_EXTRA_IN_OUTAGE || after > MOST_ERRORS;
    if (isMissed) missed += 1;
    console.log(`${percent(load)}  ${percent(extra)}  ${percent(after)}${isMissed ? '  MISSED' : ''}`);
  }
}
console.log(`\nmissed: ${missed}; cases that never recovered without throttling: ${collapses}`);
if (flags.gate && (missed > 0 || collapses === 0)) process.exitCode = 1;

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`.padStart(8);
}
