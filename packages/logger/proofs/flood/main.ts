import { parseArgs } from 'node:util';
import { formatBytes } from '@evenkeel/core';
import { flood } from './flood.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '1000000' },
    gate: { type: 'boolean', default: false },
  },
});
const seconds = Number(flags.seconds);
const rate = Number(flags.rate);

const MOST_DELAY_MS = 10;
const LEAST_OF_RATE = 0.95;
const MOST_RSS = 256 * 2 ** 20;
const MOST_GROWTH = 32 * 2 ** 20;

const result = await flood({ seconds, rate });
const percent = (part: number) => `${((100 * part) / result.recorded).toFixed(1)} %`;
console.log(`recorded       ${result.recorded} events, ${Math.round(result.rate)} in a second`);
console.log(`written        ${result.written} (${percent(result.written)})`);
console.log(`lost           ${result.lost} (${percent(result.lost)})`);
console.log(
  `loop delay     p99 ${result.loopDelayP99Ms.toFixed(2)} ms, max ${result.loopDelayMaxMs.toFixed(2)} ms`,
);
console.log(
  `memory (RSS)   at most ${formatBytes(result.maxRssBytes)}; +${formatBytes(result.growthBytes)} in the second half`,
);

const verdicts: readonly (readonly [string, boolean])[] = [
  ['written + lost = recorded', result.written + result.lost === result.recorded],
  [
    'the sink has received what counts as written, in order',
    result.received === result.written && result.outOfOrder === 0,
  ],
  [`at least ${LEAST_OF_RATE * rate} events in a second`, result.rate >= LEAST_OF_RATE * rate],
  [`loop delay p99 of at most ${MOST_DELAY_MS} ms`, result.loopDelayP99Ms <= MOST_DELAY_MS],
  [`memory of at most ${formatBytes(MOST_RSS)}`, result.maxRssBytes <= MOST_RSS],
  [`growth of at most ${formatBytes(MOST_GROWTH)} in the second half`, result.growthBytes <= MOST_GROWTH],
];
for (const [what, holds] of verdicts) console.log(`${holds ? 'holds' : 'FAILS'}  ${what}`);
if (flags.gate && verdicts.some(([, holds]) => !holds)) process.exitCode = 1;
