import { FREIGHT_QUERIES, FREIGHT_WRITES } from './freight-queries.ts';
import { oneIn, prose, skewed, spread, word } from './made-values.ts';
import type { Workload } from './workload.ts';

const TABLES = [
  `create table depot (id integer not null, name text not null, region text not null, opened_on date not null,
     is_hub boolean not null)`,
  `create table route (id integer not null, origin_id integer not null, destination_id integer not null,
     km integer not null, mode text not null, active boolean not null)`,
  `create table carrier (id integer not null, name text not null, tier text not null, country char(2) not null)`,
  `create table client (id integer not null, name text not null, segment text not null, city text not null,
     since date not null, email text not null, manager_id integer)`,
  `create table shipment (id bigint not null, client_id integer not null, route_id integer not null,
     carrier_id integer not null, status text not null, booked_at timestamptz not null, delivered_at timestamptz,
     weight_kg numeric(10, 2) not null, price_cents bigint not null, priority smallint not null,
     reference text not null, details jsonb not null, note text not null)`,
  `create table parcel (id bigint not null, shipment_id bigint not null, barcode varchar(20) not null,
     weight_g integer not null, fragile boolean not null, category text not null)`,
  `create table scan (id bigint not null, parcel_id bigint not null, depot_id integer not null,
     scanned_at timestamptz not null, event text not null)`,
  `create table invoice (id bigint not null, shipment_id bigint not null, issued_on date not null,
     due_on date not null, paid_on date, amount_cents bigint not null, currency char(3) not null)`,
];

const NAMES = ['depot', 'route', 'carrier', 'client', 'shipment', 'parcel', 'scan', 'invoice'];
const KEYS = NAMES.map((name) => `alter table ${name} add primary key (id)`);

const REGIONS = ['north', 'east', 'south', 'west', 'islands'];
const MODES = ['road', 'road', 'road', 'rail', 'sea', 'air'];
const SEGMENTS = ['retail', 'retail', 'retail', 'industry', 'industry', 'food', 'health', 'public'];
const CITIES = Array.from({ length: 60 }, (_, at) => `${['New ', 'Old ', 'Upper ', 'Port '][at % 4]}${at}`);
const CATEGORIES = ['books', 'clothes', 'tools', 'toys', 'glass', 'medicine', 'parts', 'food'];
const EVENTS = ['in', 'out', 'in', 'out', 'loaded', 'delivered', 'returned'];

function fill(scale: number): string[] {
  const clients = Math.round(20_000 * scale);
  const shipments = Math.round(150_000 * scale);
  // Few clients ship most; bookings come in the order of time, nearly all of them done.
  const age = `(${shipments} - i)`;
  return [
    `insert into depot select i, 'Depot ' || i, ${word(REGIONS, 'i', 1)}, date '1990-01-01' + ${spread('i', 2, 9000)},
       ${oneIn(10, 'i', 3)} from generate_series(1, 200) as i`,
    `insert into route select i, 1 + ${spread('i', 4, 200)}, 1 + ${spread('i', 5, 200)}, 20 + ${skewed('i', 6, 2400)},
       ${word(MODES, 'i', 7)}, not ${oneIn(12, 'i', 8)} from generate_series(1, 4000) as i`,
    `insert into carrier select i, 'Carrier ' || i, ${word(['gold', 'silver', 'silver', 'bronze'], 'i', 9)},
       ${word(['DE', 'FR', 'PL', 'NL', 'IT', 'ES'], 'i', 10)} from generate_series(1, 150) as i`,
    `insert into client select i, initcap(${prose('i', 11, 2)}) || ' ' || i, ${word(SEGMENTS, 'i', 12)},
       ${word(CITIES, 'i', 13)}, date '2010-01-01' + ${spread('i', 14, 5000)},
       initcap(${prose('i', 15, 1)}) || i || '@Example.org',
       case when not ${oneIn(3, 'i', 16)} then 1 + ${spread('i', 17, 80)} end
     from generate_series(1, ${clients}) as i`,
    `insert into shipment
     select i, 1 + ${skewed('i', 20, clients - 1)}, 1 + ${skewed('i', 21, 3999)}, 1 + ${skewed('i', 22, 149)},
       case when ${age} < ${shipments} / 100 then ${word(['booked', 'collected', 'in transit'], 'i', 23)}
         when ${oneIn(400, 'i', 24)} then 'exception' when ${oneIn(50, 'i', 25)} then 'cancelled' else 'delivered' end,
       booked_at,
       case when ${age} >= ${shipments} / 100 and not ${oneIn(50, 'i', 25)}
         then booked_at + make_interval(hours => 8 + ${skewed('i', 26, 300)}) end,
       (10 + ${skewed('i', 27, 90_000)}) / 10.0, 500 + ${skewed('i', 28, 400_000)}, 1 + ${skewed('i', 29, 4)},
       'EK' || lpad((${spread('i', 30, 1_000_000)})::text, 6, '0') || lpad(i::text, 7, '0'),
       jsonb_build_object('incoterm', ${word(['EXW', 'FCA', 'DAP', 'DDP'], 'i', 31)},
         'insured', ${oneIn(5, 'i', 32)}, 'boxes', 1 + ${spread('i', 33, 9)}),
       ${prose('i', 34, 6)}
     from (select i, timestamptz '2022-01-01 00:00Z' + make_interval(mins => (i * ${(1_050_000 / shipments).toFixed(4)})::integer
             + ${spread('i', 35, 300)}) as booked_at
           from generate_series(1, ${shipments}) as i) as made`,
    `insert into parcel
     select row_number() over (order by i, k), i, '40' || lpad((${spread('i * 8 + k', 40, 1_000_000)})::text, 7, '0') || lpad((i * 8 + k)::text, 9, '0'),
       50 + ${skewed('i * 8 + k', 41, 30_000)}, ${oneIn(7, 'i * 8 + k', 42)}, ${word(CATEGORIES, 'i * 8 + k', 43)}
     from generate_series(1, ${shipments}) as i, lateral generate_series(1, 1 + ${skewed('i', 44, 5)}) as k`,
    `insert into scan
     select row_number() over (order by at, id, k), id, 1 + ${skewed('id * 4 + k', 50, 199)}, at,
       ${word(EVENTS, 'id * 4 + k', 51)}
     from (select parcel.id, k, shipment.booked_at + make_interval(hours => 5 * k + ${spread('parcel.id', 52, 24)}) as at
           from parcel join shipment on shipment.id = parcel.shipment_id,
             lateral generate_series(1, 1 + ${spread('parcel.id', 53, 2)}) as k
           where ${spread('parcel.id', 54, 3)} > 0) as made`,
    `insert into invoice
     select row_number() over (order by id), id, issued_on, issued_on + 30,
       case when issued_on < date '2023-11-15' and not ${oneIn(80, 'id', 60)}
         then issued_on + 5 + ${skewed('id', 61, 60)} end,
       price_cents, ${word(['EUR', 'EUR', 'EUR', 'USD', 'PLN'], 'id', 62)}
     from (select id, delivered_at::date + 1 as issued_on, price_cents from shipment
           where delivered_at is not null) as due`,
  ];
}

/**
 * A forwarder's shipments: 8 tables, 960,000 rows that are skewed and come in the order of time, as an application's
 * do; asked by screens with a LIMIT, by look-ups with parameters, and by reports with windows.
 */
export const FREIGHT: Workload = {
  name: 'freight',
  about: 'an application: 8 skewed tables, 28 look-ups, screens and reports, parameters, and writes',
  tables: TABLES,
  keys: KEYS,
  fill,
  queries: FREIGHT_QUERIES,
  writes: FREIGHT_WRITES,
};
