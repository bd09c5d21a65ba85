import type { NamedQuery } from './workload.ts';

/** Some tables a query may join to the works, and what it asks of them. */
interface Part {
  readonly from: readonly string[];
  /** The alias that has the work's id in `work_id`, if any. */
  readonly ofWork?: string;
  readonly on: readonly string[];
  /** A condition to choose from, by the query's variant. */
  readonly where: readonly string[];
  readonly gives?: string;
}

const PARTS = {
  tag: {
    from: ['work_tag as wt', 'tag as t'],
    ofWork: 'wt',
    on: ['wt.tag_id = t.id'],
    where: [
      `t.word = 'harbour'`,
      `t.word in ('raven', 'ribbon', 'river-hollow9', 'thistle')`,
      `t.word like '%quarry%'`,
      `t.word in ('ember', 'velvet-maple12', 'candle', 'quiet', 'willow', 'saffron', 'hazel', 'silver-paper3')`,
    ],
  },
  company: {
    from: ['work_company as wc', 'company as c'],
    ofWork: 'wc',
    on: ['wc.company_id = c.id'],
    where: [
      `c.country = '[de]'`,
      `c.country <> '[pl]' and (c.name like '%Film%' or c.name like '%Warner%') and wc.note is null`,
      `c.country = '[us]' and wc.note like '%(worldwide)%'`,
      `c.country is not null and wc.note like '%(20%)%'`,
    ],
    gives: 'c.name',
  },
  companyKind: {
    from: ['company_kind as ck'],
    on: ['wc.kind_id = ck.id'],
    where: [
      `ck.name = 'production'`,
      `ck.name = 'distributors'`,
      'ck.name is not null',
      `ck.name <> 'effects'`,
    ],
  },
  fact: {
    from: ['work_fact as wf', 'fact_kind as fk'],
    ofWork: 'wf',
    on: ['wf.kind_id = fk.id'],
    where: [
      `fk.name = 'genres' and wf.value in ('Drama', 'Horror')`,
      `fk.name = 'languages' and wf.value in ('Swedish', 'Danish', 'German', 'English')`,
      `fk.name = 'release dates' and wf.note like '%silver%'`,
      `fk.name = 'countries' and wf.value = 'USA'`,
    ],
  },
  score: {
    from: ['work_score as ws', 'fact_kind as sk'],
    ofWork: 'ws',
    on: ['ws.kind_id = sk.id'],
    where: [
      `sk.name = 'rating' and ws.value > '8.0'`,
      `sk.name = 'rating' and ws.value < '3.5'`,
      `sk.name = 'votes'`,
      `sk.name = 'rating' and ws.value between '6.0' and '6.5'`,
    ],
    gives: 'ws.value',
  },
  credit: {
    from: ['credit as cr', 'person as p'],
    ofWork: 'cr',
    on: ['cr.person_id = p.id'],
    where: [
      `p.name like 'Saffron M%'`,
      `cr.note in ('(voice)', '(voice: English)') and p.gender = 'f'`,
      `p.gender = 'm' and p.name like '%Raven%'`,
      `cr.note in ('(writer)', '(head writer)')`,
    ],
    gives: 'p.name',
  },
  role: {
    from: ['role_kind as rk'],
    on: ['cr.role_id = rk.id'],
    where: [`rk.name = 'actress'`, `rk.name = 'costume'`, `rk.name = 'actor'`, `rk.name = 'writer'`],
  },
  roleName: {
    from: ['role_name as rn'],
    on: ['cr.role_name_id = rn.id'],
    where: [
      'rn.name is not null',
      `rn.name = 'Silver Kettle'`,
      `rn.name like '%Ferry%'`,
      `rn.name <> 'Quiet River'`,
    ],
    gives: 'rn.name',
  },
  alias: {
    from: ['person_alias as pa'],
    on: ['pa.person_id = p.id'],
    where: [`pa.name like '%Honey%'`, 'pa.name is not null', `pa.name like 'A%'`, `pa.name like '%Birch%'`],
  },
  personFact: {
    from: ['person_fact as pf', 'fact_kind as pk'],
    on: ['pf.person_id = p.id', 'pf.kind_id = pk.id'],
    where: [
      `pk.name = 'mini biography' and pf.note = 'copper'`,
      `pk.name = 'trivia'`,
      `pk.name = 'height' and pf.note is not null`,
      `pk.name = 'birth notes' and pf.value like 'apple%'`,
    ],
  },
  link: {
    from: ['work_link as wl', 'link_kind as lk'],
    ofWork: 'wl',
    on: ['wl.kind_id = lk.id'],
    where: [
      `lk.name in ('follows', 'followed by')`,
      `lk.name like '%spoof%'`,
      'lk.name is not null',
      `lk.name = 'features'`,
    ],
    gives: 'lk.name',
  },
  linked: {
    from: ['work as other', 'work_company as oc', 'company as o'],
    on: ['wl.linked_id = other.id', 'oc.work_id = other.id', 'oc.company_id = o.id'],
    where: [
      'other.year > 2005',
      `o.country = '[us]'`,
      'other.year between 1990 and 2000',
      `o.country <> '[us]'`,
    ],
    gives: 'other.title',
  },
  complete: {
    from: ['completeness as cm', 'completeness_kind as c1', 'completeness_kind as c2'],
    ofWork: 'cm',
    on: ['cm.subject_id = c1.id', 'cm.status_id = c2.id'],
    where: [
      `c1.name = 'cast' and c2.name like '%complete%'`,
      `c1.name = 'crew' and c2.name = 'complete'`,
      `c1.name in ('cast', 'crew') and c2.name = 'complete'`,
      `c2.name = 'complete and verified'`,
    ],
  },
  kind: {
    from: ['work_kind as kd'],
    on: ['w.kind_id = kd.id'],
    where: [
      `kd.name = 'feature'`,
      `kd.name in ('feature', 'episode')`,
      `kd.name = 'series'`,
      `kd.name = 'video'`,
    ],
  },
  workAlias: {
    from: ['work_alias as wa'],
    ofWork: 'wa',
    on: [],
    where: [
      'wa.title is not null',
      `wa.title like '%Garden%'`,
      'wa.kind_id = w.kind_id',
      `wa.title like 'M%'`,
    ],
  },
} satisfies Readonly<Record<string, Part>>;

const YEARS = [
  'w.year > 2010',
  'w.year between 2005 and 2015',
  'w.year > 1990',
  'w.year between 1980 and 1995',
  '',
];

/** The parts of each query; the first fourteen come in four variants, the others in three: 113 together. */
const JOINS: readonly (readonly (keyof typeof PARTS)[])[] = [
  ['company', 'companyKind', 'score'],
  ['company', 'tag'],
  ['fact', 'tag'],
  ['score', 'tag'],
  ['company', 'companyKind', 'fact'],
  ['credit', 'tag'],
  ['credit', 'alias', 'personFact', 'link'],
  ['credit', 'alias', 'role', 'company'],
  ['credit', 'alias', 'role', 'roleName', 'company'],
  ['credit', 'role', 'roleName', 'company', 'companyKind'],
  ['company', 'companyKind', 'link', 'tag'],
  ['company', 'companyKind', 'fact', 'score'],
  ['company', 'companyKind', 'fact', 'score', 'kind'],
  ['fact', 'score', 'kind', 'tag'],
  ['workAlias', 'company', 'companyKind', 'fact', 'tag'],
  ['credit', 'alias', 'company', 'tag'],
  ['credit', 'company', 'tag'],
  ['credit', 'fact', 'score'],
  ['credit', 'alias', 'role', 'roleName', 'company', 'fact'],
  ['credit', 'roleName', 'complete', 'kind', 'tag'],
  ['company', 'companyKind', 'link', 'tag', 'fact'],
  ['company', 'companyKind', 'fact', 'score', 'kind', 'tag'],
  ['complete', 'company', 'companyKind', 'fact', 'kind', 'tag'],
  ['credit', 'alias', 'role', 'roleName', 'company', 'fact', 'tag'],
  ['credit', 'fact', 'score', 'tag'],
  ['credit', 'roleName', 'complete', 'kind', 'score', 'tag'],
  ['complete', 'company', 'companyKind', 'link', 'fact', 'tag'],
  ['complete', 'company', 'companyKind', 'fact', 'score', 'kind', 'tag'],
  ['credit', 'alias', 'role', 'roleName', 'complete', 'company', 'fact', 'personFact', 'tag'],
  ['complete', 'credit', 'fact', 'score', 'tag'],
  ['company', 'credit', 'fact', 'score', 'tag'],
  ['link', 'linked', 'tag'],
  ['link', 'linked', 'kind', 'company', 'score'],
];

function joinQuery(number: number, variant: number): NamedQuery {
  const names = JOINS[number] ?? [];
  const parts: readonly Part[] = names.map((name) => PARTS[name]);
  // Every table of a work is compared with each that came before, as people who write such queries do it.
  const ofWork = parts.flatMap((part) => part.ofWork ?? []);
  const conditions = [
    ...parts.flatMap((part, at) => part.where[(variant + at * (1 + (number % 3))) % part.where.length] ?? []),
    YEARS[(number + variant) % YEARS.length] || 'w.title is not null',
    ...ofWork.map((alias) => `w.id = ${alias}.work_id`),
    ...ofWork.flatMap((alias, at) =>
      ofWork.slice(0, at).map((before) => `${before}.work_id = ${alias}.work_id`),
    ),
    ...parts.flatMap((part) => part.on),
  ];
  const columns = ['w.title', ...parts.flatMap((part) => part.gives ?? [])].slice(0, 4);
  const from = ['work as w', ...parts.flatMap((part) => part.from)];
  return {
    name: `${number + 1}${'abcd'[variant]}`,
    text: [
      `select ${columns.map((column, at) => `min(${column}) as first_${at + 1}`).join(', ')}`,
      `from ${from.join(', ')}`,
      `where ${conditions.join('\n  and ')}`,
    ].join('\n'),
  };
}

export const ARCHIVE_QUERIES: readonly NamedQuery[] = JOINS.flatMap((_, number) =>
  Array.from({ length: number < 14 ? 4 : 3 }, (_, variant) => joinQuery(number, variant)),
);
