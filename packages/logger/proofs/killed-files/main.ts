import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { killWriters } from './kill.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    gate: { type: 'boolean', default: false },
  },
});
const writer = fileURLToPath(new URL('writer.mjs', import.meta.url));
const result = await killWriters(writer, Number(values.rounds), Number(values.seed));
console.table([result]);
if (values.gate && (result.unreadable > 0 || result.wrong > 0 || result.files < 2)) process.exitCode = 1;
