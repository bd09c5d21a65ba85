import { oneIn, prose, spread, word } from './made-values.ts';
import { WHOLESALE_QUERIES } from './wholesale-queries.ts';
import type { Workload } from './workload.ts';

const TABLES = [
  `create table continent (id integer not null, name text not null, note text)`,
  `create table country (id integer not null, name text not null, continent_id integer not null, note text)`,
  `create table maker (
     id integer not null, name text not null, address text not null, country_id integer not null,
     phone text not null, balance numeric(12, 2) not null, note text not null)`,
  `create table article (
     id integer not null, name text not null, house text not null, brand text not null, kind text not null,
     size integer not null, packing text not null, list_price numeric(12, 2) not null, note text not null)`,
  `create table offer (
     article_id integer not null, maker_id integer not null, available integer not null,
     unit_cost numeric(12, 2) not null, note text not null)`,
  `create table shop (
     id integer not null, name text not null, address text not null, country_id integer not null,
     phone text not null, balance numeric(12, 2) not null, branch text not null, note text not null)`,
  `create table purchase (
     id integer not null, shop_id integer not null, state char(1) not null, total numeric(12, 2) not null,
     placed_on date not null, urgency text not null, clerk text not null, rank integer not null,
     note text not null)`,
  `create table purchase_line (
     purchase_id integer not null, line integer not null, article_id integer not null, maker_id integer not null,
     quantity numeric(12, 2) not null, price numeric(12, 2) not null, discount numeric(12, 2) not null,
     tax numeric(12, 2) not null, returned char(1) not null, state char(1) not null, shipped_on date not null,
     promised_on date not null, received_on date not null, handling text not null, carrier text not null,
     note text not null)`,
];

const KEYS = [
  'alter table continent add primary key (id)',
  'alter table country add primary key (id)',
  'alter table maker add primary key (id)',
  'alter table article add primary key (id)',
  'alter table offer add primary key (article_id, maker_id)',
  'alter table shop add primary key (id)',
  'alter table purchase add primary key (id)',
  'alter table purchase_line add primary key (purchase_id, line)',
];

const CONTINENTS = ['Africa', 'America', 'Asia', 'Europe', 'Oceania'];
const COUNTRIES = [
  'Algeria',
  'Ghana',
  'Kenya',
  'Morocco',
  'Senegal',
  'Brazil',
  'Canada',
  'Chile',
  'Mexico',
  'Uruguay',
  'China',
  'India',
  'Japan',
  'Thailand',
  'Vietnam',
  'Austria',
  'Denmark',
  'France',
  'Italy',
  'Poland',
  'Australia',
  'Fiji',
  'New Zealand',
  'Samoa',
  'Tonga',
];
const KINDS = ['PLAIN', 'LIGHT', 'HEAVY', 'FINE', 'OFFER', 'BULK'].flatMap((first) =>
  ['WOVEN', 'DYED', 'CAST', 'TURNED', 'RAW'].flatMap((second) =>
    ['WOOL', 'BRASS', 'PINE', 'GLASS', 'CLAY'].map((third) => `${first} ${second} ${third}`),
  ),
);
const PACKINGS = ['SMALL', 'MEDIUM', 'LARGE', 'GIANT', 'FLAT'].flatMap((size) =>
  ['BAG', 'BOX', 'CAN', 'CRATE', 'DRUM', 'JAR', 'PALLET', 'TUBE'].map((form) => `${size} ${form}`),
);
const BRANCHES = ['BAKERY', 'BUILDING', 'FASHION', 'GARDEN', 'OFFICE'];
const URGENCIES = ['1-NOW', '2-SOON', '3-USUAL', '4-LATER', '5-ANY'];
const CARRIERS = ['AIR', 'BARGE', 'COURIER', 'POST', 'RAIL', 'SHIP', 'TRUCK'];
const HANDLING = ['HAND OVER', 'LEAVE AT DOOR', 'PAY ON ARRIVAL', 'NONE'];

/** Prices as they are on the list: from 900 to 2,100. */
const listPrice = (article: string): string =>
  `((90000 + (${article} / 10) % 20001 + 100 * (${article} % 1000)) / 100.0)`;

function fill(scale: number): string[] {
  const makers = Math.round(1000 * scale);
  const articles = Math.round(20_000 * scale);
  const shops = Math.round(15_000 * scale);
  const purchases = Math.round(150_000 * scale);
  const list = (names: readonly string[]): string =>
    `(array[${names.map((name) => `'${name}'`).join(',')}])[i]`;
  // Each article is offered by four makers.
  const maker = (article: string, of: string): string =>
    `(1 + (${article} * 7 + (${of}) * ${Math.floor(makers / 4)}) % ${makers})`;
  // A third of the shops never buy.
  const buyer = spread('p', 41, Math.floor((shops * 2) / 3));
  return [
    `insert into continent select i, ${list(CONTINENTS)}, ${prose('i', 1, 8)} from generate_series(1, 5) as i`,
    `insert into country select i, ${list(COUNTRIES)}, 1 + (i - 1) / 5, ${prose('i', 2, 8)}
     from generate_series(1, 25) as i`,
    `insert into maker select i, 'Maker ' || lpad(i::text, 9, '0'), ${prose('i', 3, 3)},
       1 + ${spread('i', 4, 25)}, (10 + ${spread('i', 4, 25)}) || '-' || (100000 + ${spread('i', 5, 900000)}),
       (${spread('i', 6, 1_100_000)} - 100000) / 100.0,
       ${prose('i', 7, 8)} || case when ${oneIn(200, 'i', 8)} then ' client complaints on record' else '' end
     from generate_series(1, ${makers}) as i`,
    `insert into article select i, ${prose('i', 9, 5)}, 'House ' || 1 + ${spread('i', 10, 5)},
       'Brand ' || 1 + ${spread('i', 10, 5)} || 1 + ${spread('i', 11, 5)}, ${word(KINDS, 'i', 12)},
       1 + ${spread('i', 13, 50)}, ${word(PACKINGS, 'i', 14)}, ${listPrice('i')}, ${prose('i', 15, 2)}
     from generate_series(1, ${articles}) as i`,
    `insert into offer select i, ${maker('i', 'k')}, 1 + ${spread('i * 4 + k', 16, 9999)},
       (100 + ${spread('i * 4 + k', 17, 99_900)}) / 100.0, ${prose('i * 4 + k', 18, 17)}
     from generate_series(1, ${articles}) as i, generate_series(0, 3) as k`,
    `insert into shop select i, 'Shop ' || lpad(i::text, 9, '0'), ${prose('i', 20, 3)}, 1 + ${spread('i', 21, 25)},
       (10 + ${spread('i', 21, 25)}) || '-' || (100000 + ${spread('i', 22, 900000)}),
       (${spread('i', 23, 1_100_000)} - 100000) / 100.0, ${word(BRANCHES, 'i', 24)}, ${prose('i', 25, 10)}
     from generate_series(1, ${shops}) as i`,
    `insert into purchase_line
     select p, l, article_id, ${maker('article_id', spread('p * 8 + l', 30, 4))}, quantity,
       quantity * ${listPrice('article_id')}, ${spread('p * 8 + l', 31, 11)} / 100.0,
       ${spread('p * 8 + l', 32, 9)} / 100.0,
       case when shipped_on + ${spread('p * 8 + l', 33, 30)} >= date '2020-06-17' then 'N'
         when ${oneIn(2, 'p * 8 + l', 34)} then 'R' else 'A' end,
       case when shipped_on > date '2020-06-17' then 'O' else 'F' end, shipped_on,
       placed_on + 30 + ${spread('p * 8 + l', 35, 61)}, shipped_on + 1 + ${spread('p * 8 + l', 33, 30)},
       ${word(HANDLING, 'p * 8 + l', 36)}, ${word(CARRIERS, 'p * 8 + l', 37)}, ${prose('p * 8 + l', 38, 4)}
     from (
       select p, l, placed_on, placed_on + 1 + ${spread('p * 8 + l', 39, 121)} as shipped_on,
         1 + ${spread('p * 8 + l', 40, articles)} as article_id, 1 + ${spread('p * 8 + l', 42, 50)} as quantity
       from (select p, date '2017-01-01' + ${spread('p', 43, 2406)} as placed_on
             from generate_series(1, ${purchases}) as p) as placed,
         lateral generate_series(1, 1 + ${spread('p', 44, 7)}) as l
     ) as made`,
    `insert into purchase
     select p, 1 + ${buyer} + ${buyer} / 2, summed.state, summed.total,
       date '2017-01-01' + ${spread('p', 43, 2406)}, ${word(URGENCIES, 'p', 45)},
       'Clerk ' || lpad((1 + ${spread('p', 46, Math.round(100 * scale))})::text, 9, '0'), 0,
       ${prose('p', 47, 6)} || case when ${oneIn(60, 'p', 48)} then ' special ' || ${prose('p', 49, 1)} || ' requests'
         else '' end
     from generate_series(1, ${purchases}) as p
     join (select purchase_id,
         case when bool_and(state = 'F') then 'F' when bool_and(state = 'O') then 'O' else 'P' end as state,
         sum(price * (1 + tax) * (1 - discount)) as total
       from purchase_line group by purchase_id) as summed on summed.purchase_id = p
     order by p`,
  ];
}

/**
 * A wholesaler's purchases, in the shape of TPC-H at a tenth of its smallest size: 8 tables, 860,000 rows, and 22
 * reports with the same features: correlated subqueries, EXISTS, LIKE, CASE, joins of up to eight tables, HAVING.
 */
export const WHOLESALE: Workload = {
  name: 'wholesale',
  about: 'the shape of TPC-H: 8 tables, 22 reports over purchases',
  tables: TABLES,
  keys: KEYS,
  fill,
  queries: WHOLESALE_QUERIES,
  writes: [],
};
