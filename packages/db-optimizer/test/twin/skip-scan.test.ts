import { describe, expect, it } from 'vitest';
import type { IndexKey } from '../../src/catalogue/catalogue.ts';
import { blockSkipping, firstSkippedTo } from '../../src/twin/skip-scan.ts';

const keys = (...names: string[]): IndexKey[] => names.map((sql) => ({ kind: 'column', sql }));

describe('firstSkippedTo', () => {
  it.each([
    ['(a = 5)', ['a', 'b'], undefined],
    ['((a = 5) AND (b = 3))', ['a', 'b'], undefined],
    ['((a = 5) AND (b > 3) AND (b < 7))', ['a', 'b'], undefined],
    ['((a IS NULL) AND (b > 3))', ['a', 'b'], undefined],
    ["((a = ANY ('{1,2}'::integer[])) AND (b = 3))", ['a', 'b'], undefined],
    ['(b = 5)', ['a', 'b'], 1],
    ['(t.b = 5)', ['a', 'b'], 1],
    ['((a > 5) AND (b = 3))', ['a', 'b'], 1],
    ['((a IS NOT NULL) AND (b = 3))', ['a', 'b'], 1],
    ['((a = 5) AND (c < 3))', ['a', 'b', 'c'], 2],
    [`((a = 5) AND ((c)::text = 'x) AND (b = '::text))`, ['a', 'b', 'c'], 2],
    ['((a = outer_table."b") AND ("B c" = 2))', ['a', 'b', 'B c'], 2],
    ['(((a)::character varying(10) = $1) AND (b = $0))', ['a', 'b'], undefined],
  ] as const)('%s by the keys %s', (condition, names, place) => {
    expect(firstSkippedTo(keys(...names), condition)).toBe(place);
  });

  it('finds nothing more once the way is blocked', () => {
    const index = {
      schema: 's',
      table: 't',
      method: 'btree',
      keys: keys('a', 'b', 'c'),
      include: [],
      where: undefined,
    };
    const condition = '((a = 1) AND (c = 2))';
    const blocked = blockSkipping(index, 2);
    expect(blocked.keys.map(({ sql }) => sql)).toEqual(['a', 'b', '0', 'c']);
    expect(firstSkippedTo(blocked.keys, condition)).toBeUndefined();
  });
});
