import { parseArgs } from 'node:util';
import { SqlParser } from '../../src/sql/sql-parser.ts';
import { attack } from './attack.ts';
import { margins } from './margins.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    margins: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
  },
});

if (values.margins) await showMargins();
else await showAttack(Number(values.rounds), Number(values.seed));

async function showAttack(rounds: number, seed: number): Promise<void> {
  const parser = new SqlParser();
  const result = await attack(parser, rounds, seed);
  await parser.stop();
  console.log(`${result.texts} texts in ${rounds} rounds, \`select\` after each:`);
  console.table(result.outcomes);
  console.log(`slowest: ${result.slowest.ms.toFixed(0)} ms (${result.slowest.name})`);
  console.log(`longest block of the event loop: ${result.longestBlockMs.toFixed(0)} ms`);
  console.log(`memory: ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
  for (const fault of result.faults) console.log(`FAULT ${fault}`);
  console.log(`${result.faults.length} faults`);
  if (values.gate && result.faults.length > 0) process.exitCode = 1;
}

async function showMargins(): Promise<void> {
  let within = true;
  console.log('shape | accepted up to | read in ms | parser fails at');
  for await (const { shape, accepted, acceptedMs, broken } of margins({ maxBytes: 262_144, maxDepth: 100 })) {
    within &&= acceptedMs !== undefined;
    console.log(`${shape} | ${accepted} | ${acceptedMs?.toFixed(0) ?? 'FAILS'} | ${broken ?? '-'}`);
  }
  if (values.gate && !within) process.exitCode = 1;
}
