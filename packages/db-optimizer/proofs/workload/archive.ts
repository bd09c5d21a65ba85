import { ARCHIVE_QUERIES } from './archive-queries.ts';
import { oneIn, prose, skewed, spread, word } from './made-values.ts';
import type { Workload } from './workload.ts';

const TABLES = [
  'create table work_kind (id integer not null, name varchar(20) not null)',
  'create table role_kind (id integer not null, name varchar(32) not null)',
  'create table company_kind (id integer not null, name varchar(32) not null)',
  'create table link_kind (id integer not null, name varchar(32) not null)',
  'create table fact_kind (id integer not null, name varchar(32) not null)',
  'create table completeness_kind (id integer not null, name varchar(32) not null)',
  'create table tag (id integer not null, word text not null, code varchar(5))',
  'create table company (id integer not null, name text not null, country varchar(6), code varchar(5))',
  `create table person (id integer not null, name text not null, number varchar(12), gender varchar(1),
     code varchar(5))`,
  'create table role_name (id integer not null, name text not null, code varchar(5))',
  `create table work (id integer not null, title text not null, kind_id integer not null, year integer,
     series text, code varchar(5))`,
  'create table person_alias (id integer not null, person_id integer not null, name text not null)',
  `create table person_fact (id integer not null, person_id integer not null, kind_id integer not null,
     value text not null, note text)`,
  'create table work_alias (id integer not null, work_id integer not null, title text not null, kind_id integer not null)',
  `create table work_company (id integer not null, work_id integer not null, company_id integer not null,
     kind_id integer not null, note text)`,
  `create table work_fact (id integer not null, work_id integer not null, kind_id integer not null,
     value text not null, note text)`,
  `create table work_score (id integer not null, work_id integer not null, kind_id integer not null,
     value text not null, note text)`,
  'create table work_tag (id integer not null, work_id integer not null, tag_id integer not null)',
  `create table work_link (id integer not null, work_id integer not null, linked_id integer not null,
     kind_id integer not null)`,
  `create table completeness (id integer not null, work_id integer not null, subject_id integer not null,
     status_id integer not null)`,
  `create table credit (id integer not null, person_id integer not null, work_id integer not null,
     role_name_id integer, note text, position integer, role_id integer not null)`,
];

const NAMES = TABLES.map((statement) => statement.split(' ')[2]);

const WORK_KINDS = ['feature', 'series', 'short', 'video', 'broadcast', 'game', 'episode'];
const ROLES = [
  'actor',
  'actress',
  'producer',
  'writer',
  'camera',
  'composer',
  'costume',
  'director',
  'editor',
  'guest',
  'sound',
  'design',
];
const COMPANY_KINDS = ['distributors', 'production', 'effects', 'miscellaneous'];
const LINKS = [
  'follows',
  'followed by',
  'remake of',
  'remade as',
  'references',
  'referenced in',
  'spoofs',
  'spoofed in',
  'features',
  'featured in',
  'spin-off from',
  'spin-off',
  'version of',
  'similar to',
  'edited into',
  'edited from',
  'alternate of',
  'unknown',
];
const FACTS = [
  'runtime',
  'colour',
  'genres',
  'languages',
  'certificates',
  'sound mix',
  'countries',
  'release dates',
  'rating',
  'votes',
  'budget',
  'top 250',
  'bottom 10',
  'mini biography',
  'birth notes',
  'height',
  'trivia',
];
const COMPLETENESS = ['cast', 'crew', 'complete', 'complete and verified'];
const COUNTRIES = ['[us]', '[us]', '[us]', '[de]', '[gb]', '[fr]', '[jp]', '[se]', '[nl]', '[pl]'];
const GENRES = [
  'Drama',
  'Comedy',
  'Horror',
  'Action',
  'Crime',
  'Romance',
  'Thriller',
  'War',
  'Western',
  'Family',
];
const LANGUAGES = ['German', 'English', 'Swedish', 'Danish', 'French', 'Polish', 'Japanese'];

function fill(scale: number): string[] {
  const works = Math.round(25_000 * scale);
  const persons = Math.round(41_000 * scale);
  const companies = Math.round(2300 * scale);
  const tags = Math.round(1300 * scale);
  const roleNames = Math.round(31_000 * scale);
  const kinds = (table: string, names: readonly string[]): string =>
    `insert into ${table} select i, (array[${names.map((name) => `'${name}'`).join(',')}])[i]
     from generate_series(1, ${names.length}) as i`;
  const rows = (count: number): string => `from generate_series(1, ${Math.round(count * scale)}) as i`;
  const aWork = (salt: number): string => `1 + ${skewed('i', salt, works - 1)}`;
  const value = word([...GENRES, ...LANGUAGES, 'USA', 'Germany', 'Color', 'Stereo', '90', '105'], 'i', 20);
  return [
    kinds('work_kind', WORK_KINDS),
    kinds('role_kind', ROLES),
    kinds('company_kind', COMPANY_KINDS),
    kinds('link_kind', LINKS),
    kinds('fact_kind', FACTS),
    kinds('completeness_kind', COMPLETENESS),
    `insert into tag select i, ${prose('i', 1, 1)} || case when i > 64 then '-' || ${prose('i', 2, 1)} || i / 64 else '' end,
       left(md5(i::text), 5) ${rows(1300)}`,
    `insert into company select i, initcap(${prose('i', 3, 2)}) || ${word([' Film', ' Pictures', ' Warner', ' Media', ''], 'i', 4)},
       case when not ${oneIn(12, 'i', 5)} then ${word(COUNTRIES, 'i', 6)} end, left(md5(i::text), 5) ${rows(2300)}`,
    `insert into person select i, initcap(${prose('i', 7, 2)}) || ' ' || i, null,
       case ${spread('i', 8, 3)} when 0 then 'm' when 1 then 'f' end, left(md5(i::text), 5) ${rows(41_000)}`,
    `insert into role_name select i, initcap(${prose('i', 9, 2)}), left(md5(i::text), 5) ${rows(31_000)}`,
    `insert into work select i, initcap(${prose('i', 10, 3)}), 1 + ${skewed('i', 11, 6)},
       case when not ${oneIn(20, 'i', 12)} then 2023 - ${skewed('i', 13, 100)} end,
       case when ${oneIn(3, 'i', 14)} then ${prose('i', 15, 1)} end, left(md5(i::text), 5) ${rows(25_000)}`,
    `insert into person_alias select i, 1 + ${skewed('i', 16, persons - 1)}, initcap(${prose('i', 17, 2)}) ${rows(9000)}`,
    `insert into person_fact select i, 1 + ${skewed('i', 18, persons - 1)}, 13 + ${spread('i', 19, 5)}, ${prose('i', 21, 5)},
       case when ${oneIn(8, 'i', 22)} then ${prose('i', 23, 1)} end ${rows(29_000)}`,
    `insert into work_alias select i, ${aWork(24)}, initcap(${prose('i', 25, 3)}), 1 + ${skewed('i', 26, 6)} ${rows(3600)}`,
    `insert into work_company select i, ${aWork(27)}, 1 + ${skewed('i', 28, companies - 1)}, 1 + ${skewed('i', 29, 2)},
       case when ${oneIn(2, 'i', 30)} then '(' || (2023 - ${skewed('i', 31, 40)}) || ') '
         || ${word(['(USA)', '(worldwide)', '(Germany)', '(co-production)', '(TV)', '(presents)'], 'i', 32)} end ${rows(26_000)}`,
    `insert into work_fact select i, ${aWork(33)}, 1 + ${spread('i', 34, 8)}, ${value},
       case when ${oneIn(6, 'i', 35)} then ${prose('i', 36, 1)} end ${rows(148_000)}`,
    `insert into work_score select i, 1 + (i - 1) / 3 * 5 % ${works}, 9 + i % 3,
       case when i % 3 = 0 then (${spread('i', 37, 90)} / 10.0 + 1)::text else (5 + ${skewed('i', 38, 90_000)})::text end,
       null ${rows(13_800)}`,
    `insert into work_tag select i, ${aWork(39)}, 1 + ${skewed('i', 40, tags - 1)} ${rows(45_000)}`,
    `insert into work_link select i, ${aWork(41)}, ${aWork(42)}, 1 + ${skewed('i', 43, 17)} ${rows(300)}`,
    `insert into completeness select i, ${aWork(44)}, 1 + ${spread('i', 45, 2)}, 3 + ${spread('i', 46, 2)} ${rows(1350)}`,
    `insert into credit select i, 1 + ${skewed('i', 47, persons - 1)}, ${aWork(48)},
       case when ${oneIn(2, 'i', 49)} then 1 + ${skewed('i', 50, roleNames - 1)} end,
       case when ${oneIn(3, 'i', 51)} then ${word(['(voice)', '(producer)', '(writer)', '(uncredited)', '(voice: English)', '(head writer)'], 'i', 52)} end,
       case when ${oneIn(3, 'i', 53)} then 1 + ${skewed('i', 54, 60)} end, 1 + ${skewed('i', 55, 11)} ${rows(362_000)}`,
  ];
}

/**
 * An archive of films, in the shape of the Join Order Benchmark with a hundredth of its rows: 21 tables, 740,000 rows,
 * and 113 queries that join up to 16 of them. It tells how long advice takes; its rows are not like those of real films.
 */
export const ARCHIVE: Workload = {
  name: 'archive',
  about: 'the shape of the Join Order Benchmark: 21 tables, 113 queries of many joins; for time only',
  tables: TABLES,
  keys: NAMES.map((name) => `alter table ${name} add primary key (id)`),
  fill,
  queries: ARCHIVE_QUERIES,
  writes: [],
};
