import { ConfigurationError } from '@evenkeel/core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { SqlError } from '../../src/sql/sql-error.ts';
import { SqlParser } from '../../src/sql/sql-parser.ts';

const parser = new SqlParser();
afterAll(() => parser.stop());

const failure = async (text: string): Promise<{ code: string; position: number | undefined }> => {
  const error = await parser.describe(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SqlError);
  const { code, position } = error as SqlError;
  return { code, position };
};

describe('describe', () => {
  test('tells what a statement is', async () => {
    const text = "-- trace=1\nSELECT a, 'é', 1 /* ; */ FROM t WHERE b = $1 and c > 5 ;; -- end";
    expect(await parser.describe(text)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}-[0-9a-f]{10}$/),
      normalized: 'SELECT a, $2, $3 FROM t WHERE b = $1 and c > $4',
      kind: 'select',
      isReadOnly: true,
      parameters: 1,
    });
  });

  test.each([
    ['table t', 'select'],
    ['values (1)', 'select'],
    ['with a as (select 1) insert into t select * from a', 'insert'],
    ['update t set a = 1', 'update'],
    ['delete from t', 'delete'],
    ['merge into t using s on true when matched then delete', 'merge'],
    ['start transaction', 'transaction'],
    ['rollback to x', 'transaction'],
    ['vacuum', 'other'],
  ])('%s is %s', async (text, kind) => {
    expect((await parser.describe(text)).kind).toBe(kind);
  });

  test.each([
    'select lower(a), count(*), now(), date_trunc($1, b), row_number() over () from t group by 1, 3',
    'select extract(year from a), a at time zone $1, trim(b), position(a in b), overlay(a placing b from 1) from t',
    'with recursive r as (select 1 as n union all select n + 1 from r) select * from r tablesample system (1)',
    "select coalesce(a, b), a::date, array(select 1), a -> 'b', exists (select 1), random() from lateral (select 1) x",
    'select a operator(pg_catalog.+) pg_catalog.abs(b) from t order by a like b escape c',
    'select json_object(a: 1), json_value(a, $$ $.b $$), xmlelement(name a), grouping(a) from t group by rollup (a)',
  ])('%s only reads', async (text) => {
    expect((await parser.describe(text)).isReadOnly).toBe(true);
  });

  test.each([
    ['lists of any length', 'select 1 from t where a in (1, 2)', 'select 1 from t where a in (1,2,3,4)'],
    ['rows of any number', 'insert into t values (1, 2)', 'insert into t values (3, 4), (5, 6)'],
    [
      'constants and parameters',
      'select 1 from t where a = 5 and b = $1',
      'select 1 from t where a = $1 and b = $2',
    ],
    ['letter case and comments', 'SELECT A from T -- x', 'select  a /* y */ from t'],
  ])('groups %s', async (_, one, other) => {
    expect((await parser.describe(one)).id).toBe((await parser.describe(other)).id);
  });

  test.each([
    ['select 1 from t where a = 1', 'select 1 from t where a in (1, 2)'],
    ['select 1 from t where a = any($1)', 'select 1 from t where a in ($1, $2)'],
    ['select f(1)', 'select f(1, 2)'],
    ['select a from t', 'select "A" from t'],
  ])('tells %s from %s', async (one, other) => {
    expect((await parser.describe(one)).id).not.toBe((await parser.describe(other)).id);
  });

  test('does not show a password', async () => {
    expect((await parser.describe("create user u password 'secret'")).normalized).not.toContain('secret');
  });

  test('asks the parser once for a text', () => {
    expect(parser.describe('select 42')).toBe(parser.describe('select 42'));
  });
});

test.each([
  ['selec 1', 'SQL_SYNTAX', 0],
  ["select 'é😀' from from", 'SQL_SYNTAX', 18],
  ["/* é */ select '😀' from from", 'SQL_SYNTAX', 25],
  ["select 'a", 'SQL_SYNTAX', 7],
  ['select 1 /* /* */', 'SQL_SYNTAX', 9],
  ['select ?', 'SQL_SYNTAX', 8],
  ['', 'SQL_NOT_ONE_STATEMENT', undefined],
  [' ; -- nothing', 'SQL_NOT_ONE_STATEMENT', undefined],
  ['select 1; drop table t', 'SQL_NOT_ONE_STATEMENT', undefined],
  ['select \0', 'SQL_ENCODING', 7],
  ['select \ud800', 'SQL_ENCODING', 7],
  ['select \udc00\ud800', 'SQL_ENCODING', 7],
  [`select ${'('.repeat(101)}`, 'SQL_LIMIT', 107],
  [`select '${'é'.repeat(131_072)}'`, 'SQL_LIMIT', undefined],
])('refuses %j by %s', async (text, code, position) => {
  expect(await failure(text)).toEqual({ code, position });
});

test('refuses what is no text', async () => {
  await expect(parser.describe(undefined as never)).rejects.toBeInstanceOf(ConfigurationError);
  await expect(parser.split(5 as never)).rejects.toBeInstanceOf(ConfigurationError);
  expect(() => new SqlParser({ maxDepth: 0 })).toThrow(
    expect.objectContaining({ message: expect.stringContaining('maxDepth') }),
  );
});

test('places in the tree are those of the text', async () => {
  const { text, tree } = await parser.parse('/* é */ select a -- b\n from t');
  expect(text).toBe('        select a     \n from t');
  expect(JSON.stringify(tree)).toContain(`"relname":"t","inh":true,"relpersistence":"p","location":28`);
});

describe('bind', () => {
  test('writes values as the driver would send them', async () => {
    const values = [
      "a'b\\c",
      5,
      1.5,
      true,
      null,
      undefined,
      10n,
      [1, null, 'x"y'],
      { a: 1 },
      Buffer.from([1, 255]),
    ];
    const text = `select ${values.map((_, index) => `$${index + 1}`).join(', ')}`;
    expect(await parser.bind(text, values)).toBe(
      `select E'a''b\\\\c', '5', '1.5', 'true', NULL, NULL, '10', E'{"1",NULL,"x\\\\"y"}', '{"a":1}', E'\\\\x01ff'`,
    );
  });

  test('keeps the text around them, in whatever script it is', async () => {
    expect(
      await parser.bind('select "é😀" from t /* $3 */ where a=$2 and b=\'$1\' and c=$1;', ['ü', '😀']),
    ).toBe("select \"é😀\" from t where a='😀' and b='$1' and c='ü'");
  });

  test('repairs what only constants may stand for', async () => {
    expect(
      await parser.bind('select date $1, interval $2 day, extract($3 from d) from t order by $1', [
        null,
        2,
        'year',
      ]),
    ).toBe("select NULL::date, '2'::interval day, pg_catalog.extract('year', d) from t order by NULL::text");
  });

  test.each([
    ['select $2', [1]],
    ['select $1', ['\0']],
    ['select $1', [Symbol('x')]],
    ['select $1', [() => 1]],
    ['select $1', [new Date(Number.NaN)]],
    [
      'select $1',
      [
        {
          toPostgres: () => {
            throw new Error('mine');
          },
        },
      ],
    ],
    ['select $0', [1]],
  ])('refuses %s with %j', async (text, values) => {
    await expect(parser.bind(text, values)).rejects.toMatchObject({ code: 'SQL_VALUES' });
  });

  test('refuses values that contain themselves', async () => {
    const list: unknown[] = [];
    list.push(list);
    await expect(parser.bind('select $1', [list])).rejects.toMatchObject({ code: 'SQL_VALUES' });
    const object: Record<string, unknown> = {};
    object.self = object;
    await expect(parser.bind('select $1', [object])).rejects.toMatchObject({ code: 'SQL_VALUES' });
  });

  test('lets no value out of its quotes', async () => {
    const template = await parser.describe('select a from t where b = $1 and c = $2');
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
        fc.constantFrom("'", "\\'", '$$', '--', '/*', "';drop table t;--", 'E\\'),
        async (value, hostile) => {
          const bound = await parser.bind('select a from t where b = $1 and c = $2', [
            value + hostile,
            hostile + value,
          ]);
          const { tree } = await parser.parse(bound);
          expect((await parser.describe(bound)).id).toBe(template.id);
          const strings = [...JSON.stringify(tree).matchAll(/"sval":\{"sval":("(?:[^"\\]|\\.)*")\}/g)];
          expect(strings.map(([, text]) => JSON.parse(text ?? ''))).toEqual([
            value + hostile,
            hostile + value,
          ]);
        },
      ),
      { numRuns: 100, seed: 1 },
    );
  });
});

test.each([
  [
    'select 1 from t where d < date $1 - interval $2 month',
    'select 1 from t where d < $1::date - $2::interval month',
    2,
  ],
  ['select timestamp(3) with time zone $1', 'select $1::timestamp(3) with time zone', 1],
  [
    'select sum(case when a then $1 else $2 end) from t',
    'select sum(case when a then $1::integer else $2 end) from t',
    2,
  ],
  [
    'select a between $1 - $2 and - $3 from t',
    'select a between $1::integer - $2 and - $3::integer from t',
    3,
  ],
  ['select a + $1, ($2 * $3) / $4 from t', 'select a + $1, ($2::integer * $3) / $4 from t', 4],
  ["select 'a'\n'b', 'c' -- d\n 'e'\n from\n t;", "select 'a'\n'b', 'c'\n'e' from t", 0],
  ['select 1 from t where a in ($1 /*, ... */)', 'select 1 from t where a in ($1)', 1],
])('%s is explained as %s', async (text, expected, parameters) => {
  expect(await parser.explainable(text)).toEqual({ text: expected, parameters });
});

test('splits a script', async () => {
  const script = `\ufeff-- first
    select ';' ; ; /* ; */ select $$ ; $$;
    create function f() returns int begin atomic select case when true then 1 end; select 2; end;
    create rule r as on insert to t do also (delete from a; delete from b);
    select ";" -- no semicolon at the end`;
  expect(await parser.split(script)).toEqual([
    "select ';'",
    'select $$ ; $$',
    'create function f() returns int begin atomic select case when true then 1 end; select 2; end',
    'create rule r as on insert to t do also (delete from a; delete from b)',
    'select ";"',
  ]);
  await expect(parser.split('select 1;\n\\d t')).rejects.toMatchObject({ code: 'SQL_SYNTAX', position: 10 });
});

describe('the thread', () => {
  test('is replaced when it takes too long', async () => {
    const impatient = new SqlParser({ timeout: 1 });
    const long = `select ${Array(9000).fill('a = 1').join(' and ')} from t`;
    await expect(impatient.parse(long)).rejects.toMatchObject({ code: 'SQL_TIMEOUT' });
    await impatient.stop();
    await expect(impatient.parse('select 1')).rejects.toMatchObject({ code: 'SQL_STOPPED' });
  });

  test('ends with those who wait', async () => {
    const stopping = new SqlParser();
    const waiting = [stopping.parse('select 1'), stopping.describe('select 2')];
    const outcomes = Promise.allSettled(waiting);
    await Promise.all([stopping.stop(), stopping.stop()]);
    expect(await outcomes).toMatchObject([
      { reason: { code: 'SQL_STOPPED' } },
      { reason: { code: 'SQL_STOPPED' } },
    ]);
  });
});
