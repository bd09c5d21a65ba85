import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../../../tools/postgres-server.ts';
import { killWriters } from './kill.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    writers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    gate: { type: 'boolean', default: false },
  },
});
const server = await startPostgres();
const writer = fileURLToPath(new URL('writer.mjs', import.meta.url));
const result = await killWriters(writer, server.url, {
  rounds: Number(values.rounds),
  writers: Number(values.writers),
  seed: Number(values.seed),
});
await server.stop();
console.table([result]);
if (values.gate && (result.wrong > 0 || result.records === 0)) process.exitCode = 1;
