import { parseArgs } from 'node:util';
import { median } from '@evenkeel/core';
import { aimd } from '../../src/limiter/strategies/aimd.ts';
import { gradient } from '../../src/limiter/strategies/gradient.ts';
import type { LimitStrategy } from '../../src/limiter/strategies/limit-strategy.ts';
import { gradient2 } from './gradient2.ts';
import { SCENARIOS } from './scenarios.ts';
import { type StageResult, simulate } from './simulate.ts';

const STRATEGIES: Readonly<Record<string, () => LimitStrategy>> = {
  gradient: () => gradient(),
  'Gradient2 20..200': () => gradient2(),
  'Gradient2 1..1000': () => gradient2({ minLimit: 1, maxLimit: 1000 }),
  aimd: () => aimd(),
};

const { values: flags } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    strategy: { type: 'string', default: '' },
    gate: { type: 'boolean', default: false },
  },
});
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed + 1);

console.log(`goodput, p50/p99 ms, mean limit (last limit); medians of ${seeds.length} seeds`);
let missed = 0;
for (const { name, stages, bounds } of SCENARIOS) {
  if (!name.includes(flags.only)) continue;
  for (const [strategy, create] of Object.entries(STRATEGIES)) {
    if (!strategy.startsWith(flags.strategy)) continue;
    const runs: StageResult[][] = [];
    for (const seed of seeds) runs.push(await simulate(create(), stages, seed));
    const cells = stages.map((stage, at) => {
      const of = (pick: (result: StageResult) => number) =>
        median(runs.map((results) => pick(results[at] as StageResult)));
      const goodput = of((result) => result.goodput);
      const p99Ms = of((result) => result.p99Ms);
      const isMissed = strategy === 'gradient' && !(goodput >= bounds.goodput && p99Ms <= bounds.p99Ms);
      if (isMissed) missed += 1;
      const latency = `${of((result) => result.p50Ms).toFixed(0)}/${p99Ms.toFixed(0)}`;
      const limit = `${of((result) => result.limit.mean).toFixed(0)} (${of((result) => result.limit.last)})`;
      return `${stage.name.padEnd(6)}${percent(goodput)} ${latency.padEnd(9)}${limit}${isMissed ? ' MISSED' : ''}`;
    });
    console.log(
      `${name.padEnd(42)}${strategy.padEnd(19)}${cells.map((cell) => cell.padEnd(34)).join('')}`.trimEnd(),
    );
  }
}
console.log(`bounds missed by gradient: ${missed}`);
if (flags.gate && missed > 0) process.exitCode = 1;

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(0).padStart(3)} %`;
}
