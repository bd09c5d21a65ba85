import { parseArgs } from 'node:util';
import { measureInvalidation } from './invalidation.ts';
import { measureEmptyCache, measureStaleHits, measureStampede } from './loading.ts';
import { print } from './report.ts';

const { values: flags } = parseArgs({
  options: { gate: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
});

const findings = [
  ...measureEmptyCache(),
  ...(await measureStampede()),
  ...(await measureStaleHits()),
  ...(await measureInvalidation(Number(flags.runs))),
];
print(findings);
const missed = findings.filter(({ value, bound = Infinity }) => !(value <= bound));
console.log(
  `${missed.length} of ${findings.filter(({ bound }) => bound !== undefined).length} bounds missed`,
);
if (flags.gate && missed.length > 0) process.exitCode = 1;
