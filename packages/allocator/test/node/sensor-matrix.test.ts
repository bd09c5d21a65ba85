import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../proofs/bundle.mjs';
import { realRows } from '../../proofs/sensors/real-rows.ts';
import { recordedRows } from '../../proofs/sensors/recorded-rows.ts';
import { judge, type Row, type Verdict } from '../../proofs/sensors/verdicts.ts';

/** The states of the proof; those of real processes at the same time, since each takes seconds of waiting. */
const verdicts = new Map<string, Verdict[]>();
let programs: URL;

async function play(rows: readonly Row[]): Promise<string[]> {
  const found = await Promise.all(rows.map(async (row) => judge(row, await row.run())));
  return rows.map(({ name }, index) => {
    verdicts.set(name, found[index] ?? []);
    return `${name}: ${found[index]?.find((each) => each.judge === 'ours')?.kind}`;
  });
}

const right = (rows: readonly Row[]): string[] => rows.map(({ name }) => `${name}: right`);

describe('the sensors of Node', () => {
  beforeAll(async () => {
    programs = await bundle(['sensors/program.ts']);
  }, 60_000);
  afterAll(() => rmSync(programs, { recursive: true, force: true }));

  it('are right in every recorded state', async () => {
    expect(await play(recordedRows())).toEqual(right(recordedRows()));
  });

  it('are right in real processes, in control groups where they can be made', {
    timeout: 90_000,
  }, async () => {
    // Two at a time: what two CPUs can give without one taking it from the other.
    const rows = realRows(programs).filter(
      ({ name }) => !/60 % busy \(real\)|saturated|heap near/.test(name),
    );
    const played: string[] = [];
    for (let index = 0; index < rows.length; index += 2)
      played.push(...(await play(rows.slice(index, index + 2))));
    expect(played).toEqual(right(rows));
  });

  it('are so where each of the figures in use elsewhere is wrong at least once', () => {
    const wrong = new Set(
      [...verdicts.values()]
        .flat()
        .filter(({ kind }) => kind === 'missed' || kind === 'false alarm')
        .map(({ judge: of }) => of),
    );
    expect(wrong).toEqual(new Set(['availableMemory', 'ELU interval', 'ELU cumulative', 'mean delay']));
  });
});
