import { SHAPES } from './shapes.ts';
import { SMUGGLED } from './smuggled.ts';

/** A text, and what may come of it: `never-read-only` or anything, as long as it is an answer. */
export interface HostileText {
  readonly name: string;
  readonly text: string;
  readonly neverReadOnly: boolean;
}

const SEEDS = [
  ...SMUGGLED,
  'select a, b from t where c = $1 and d in (1, 2, 3) order by e desc nulls last limit 10',
  "select date_trunc('day', at), count(*) filter (where ok) from events group by 1 having count(*) > 5",
  'with recursive tree as (select 1 as n union all select n + 1 from tree where n < 10) select * from tree',
  "insert into t (a, b) values ('x', 1) on conflict (a) do update set b = excluded.b returning *",
  "select data ->> 'name', row_number() over (partition by a order by b) from t tablesample system (1)",
];

const PIECES =
  'select from where and or not ( ) [ ] , ; . :: := \' " $$ $1 $a$ -- /* */ \\ e\' u&" case when then end as with union 1 1e 0x a * + - ? @> ->> \n \t 😀 é \u{feff} \0 \ud800 \udc00 begin atomic'.split(
    ' ',
  );

/** The texts of one round: all the smuggled ones, the shapes in random sizes, and random damage. */
export function* hostileTexts(random: () => number): Generator<HostileText> {
  const any = (name: string, text: string): HostileText => ({ name, text, neverReadOnly: false });
  const below = (end: number): number => Math.floor(random() * end);
  for (const text of SMUGGLED) yield { name: 'smuggled', text, neverReadOnly: true };
  for (const [name, shape] of Object.entries(SHAPES)) {
    // From what is ordinary to what is absurd, with as many of each.
    const size = Math.round(10 ** (1 + 4 * random()));
    yield any(`${name} × ${size}`, shape(size));
  }
  yield any('IN × 100000', SHAPES.IN?.(100_000) ?? '');
  yield any('sum of terms × 20000', SHAPES['sum of terms']?.(20_000) ?? '');
  yield any('megabytes', 'select 1 -- '.padEnd(1_000_000 * (1 + below(8)), 'x'));
  yield any('NUL byte', `select '${'a'.repeat(below(100))}\0'`);
  yield any('NUL byte after the statement', 'select 1\0; drop table t');
  yield any('high surrogate', "select '\ud83d'");
  yield any('low surrogate', 'select "\ude00" from t');
  yield any('surrogates in the wrong order', "select '\ude00\ud83d'");
  for (let index = 0; index < 50; index++) {
    yield any('damaged', damaged(SEEDS[below(SEEDS.length)] ?? '', below));
    const pieces = Array.from({ length: 1 + below(60) }, () => PIECES[below(PIECES.length)] ?? '');
    yield any('words at random', pieces.join(random() < 0.5 ? ' ' : ''));
    const units = Array.from({ length: 1 + below(100) }, () => below(0x10000));
    yield any('characters at random', String.fromCharCode(...units));
  }
}

function damaged(text: string, below: (end: number) => number): string {
  let result = text;
  for (let times = 1 + below(4); times > 0; times--) {
    const at = below(result.length);
    const piece = PIECES[below(PIECES.length)] ?? '';
    result = result.slice(0, at) + piece + result.slice(at + below(4));
  }
  return result;
}
