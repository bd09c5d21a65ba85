import { parseArgs } from 'node:util';
import { browserRows } from './browser-rows.ts';
import { realRows } from './real-rows.ts';
import { recordedRows } from './recorded-rows.ts';
import { JUDGES, judge, type Row, type Verdict } from './verdicts.ts';

const { values } = parseArgs({
  options: { gate: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

const programs = new URL('.', import.meta.url);
const all = [...recordedRows(), ...realRows(programs), ...browserRows(programs)];
const rows = all.filter(({ name }) => name.includes(values.only));
const width = Math.max(...rows.map(({ name }) => name.length));

console.log(['row'.padEnd(width), 'resource'.padEnd(9), ...JUDGES.map((each) => each.padEnd(15))].join('  '));
const verdicts: Verdict[] = [];
for (const row of rows) {
  const found = judge(row, await row.run());
  verdicts.push(...found);
  console.log(line(row, found));
}

const faults = JUDGES.map((each) => ({
  each,
  rows: verdicts.filter(({ judge: of, kind }) => of === each && kind !== 'right' && kind !== 'absent').length,
}));
console.log(
  `\nwrong in ${rows.length} rows: ${faults.map(({ each, rows }) => `${each} ${rows}`).join(', ')}`,
);

if (values.gate) {
  const ours = faults.find(({ each }) => each === 'ours')?.rows ?? 0;
  if (ours > 0) process.exitCode = 1;
}

function line({ name, resource, isPressing }: Row, found: readonly Verdict[]): string {
  const cells = found.map(({ kind, alarmAfterMs }) => {
    if (kind === 'absent') return '-'.padEnd(15);
    const after =
      alarmAfterMs === undefined || kind === 'false alarm' ? '' : ` ${Math.round(alarmAfterMs)} ms`;
    return `${kind === 'right' ? (isPressing ? 'alarm' : 'calm') : kind.toUpperCase()}${after}`.padEnd(15);
  });
  return [name.padEnd(width), (resource ?? 'all').padEnd(9), ...cells].join('  ');
}
