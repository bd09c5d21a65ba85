import { describe, expect, it } from 'vitest';
import { endsTransaction } from '../../src/execution/ends-transaction.ts';

describe('endsTransaction', () => {
  it.each([
    'commit',
    ' -- a comment\n/* and another */ COMMIT and chain',
    'rollback',
    'ROLLBACK WORK;',
    'abort',
    'end',
    'begin',
    'start  transaction read only',
    "prepare transaction 'x'",
  ])('is true for %j', (text) => expect(endsTransaction(text)).toBe(true));

  it.each([
    'rollback to a',
    'ROLLBACK WORK TO SAVEPOINT a',
    'rollback transaction to a',
    'savepoint a',
    'release a',
    'select 1 -- commit',
    'committed',
    'prepare x as select 1',
    "insert into t values ('commit')",
    '/* commit',
    '--commit',
    '',
  ])('is false for %j', (text) => expect(endsTransaction(text)).toBe(false));

  it('takes no time for many comments', () => {
    // Were they looked at again for each of them, it would not end while this test may take.
    expect(endsTransaction(`${'/* */ '.repeat(200_000)}x`)).toBe(false);
  });
});
