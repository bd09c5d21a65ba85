import { expect, test } from 'vitest';
import { attack } from '../../proofs/hostile/attack.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';

test('whatever the text, there is a statement or a clear error, and the parser lives on', async () => {
  await using parser = new SqlParser();
  const { faults, outcomes } = await attack(parser, 1, 7);
  expect(faults).toEqual([]);
  // The attack hits: each way to fail was gone.
  expect(Object.keys(outcomes)).toEqual(
    expect.arrayContaining(['accepted', 'SQL_SYNTAX', 'SQL_LIMIT', 'SQL_ENCODING', 'SQL_NOT_ONE_STATEMENT']),
  );
}, 60_000);
