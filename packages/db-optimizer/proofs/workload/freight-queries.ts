import type { NamedQuery } from './workload.ts';

/* What screens ask over and over, with values that were seen. */
const SCREENS: readonly NamedQuery[] = [
  {
    name: 'shipment by reference',
    text: 'select id, status, booked_at from shipment where reference = $1',
    calls: 400,
    samples: [['EK1234560000017'], ['EK6612340149000'], ['EK0000000000000']],
  },
  {
    name: 'latest shipments of a client',
    text: `select id, status, booked_at, price_cents from shipment
where client_id = $1 order by booked_at desc limit 20`,
    calls: 300,
    samples: [[1], [37], [812], [4455], [17_031]],
  },
  {
    name: 'next page of a client',
    text: `select id, status, booked_at, price_cents from shipment
where client_id = $1 and (booked_at, id) < ($2, $3) order by booked_at desc, id desc limit 20`,
    calls: 60,
    samples: [
      [1, '2023-06-01T00:00:00Z', 90_000],
      [37, '2023-02-01T00:00:00Z', 70_000],
      [812, '2023-11-01T00:00:00Z', 140_000],
    ],
  },
  {
    name: 'client by e-mail',
    text: 'select id, name, segment from client where lower(email) = lower($1)',
    calls: 120,
    samples: [['River17@example.org'], ['willow9900@example.org']],
  },
  {
    name: 'parcel by bar code',
    text: `select parcel.id, shipment.status, shipment.reference from parcel
join shipment on shipment.id = parcel.shipment_id where parcel.barcode = $1`,
    calls: 500,
    samples: [['401234567000000801'], ['400000000000012345']],
  },
  {
    name: 'last scans of a shipment',
    text: `select parcel.barcode, last.event, last.scanned_at from parcel
left join lateral (select event, scanned_at from scan where scan.parcel_id = parcel.id
  order by scanned_at desc limit 1) as last on true
where parcel.shipment_id = $1`,
    calls: 350,
    samples: [[17], [90_000], [149_990]],
  },
  {
    name: 'exceptions to look after',
    text: `select id, client_id, reference, booked_at from shipment
where status = 'exception' order by priority desc, booked_at limit 50`,
    calls: 40,
  },
  {
    name: 'under way longest',
    text: `select id, client_id, route_id, booked_at from shipment
where delivered_at is null and status in ('booked', 'collected', 'in transit') order by booked_at limit 50`,
    calls: 40,
  },
  {
    name: 'newest invoices to remind of',
    text: `select invoice.id, invoice.due_on, invoice.amount_cents, client.name from invoice
join shipment on shipment.id = invoice.shipment_id join client on client.id = shipment.client_id
where invoice.paid_on is null and invoice.due_on < date '2023-12-20' order by invoice.due_on limit 100`,
    calls: 10,
  },
  {
    name: 'clients by the start of the name',
    text: `select id, name from client where name like 'Saffron M%' order by name limit 10`,
    calls: 80,
  },
  {
    name: 'arrivals at a depot today',
    text: `select count(*), count(distinct parcel_id) from scan
where depot_id = $1 and scanned_at >= $2 and scanned_at < $3 and event = 'in'`,
    calls: 50,
    samples: [
      [3, '2023-10-01T00:00:00Z', '2023-10-02T00:00:00Z'],
      [120, '2023-05-07T00:00:00Z', '2023-05-08T00:00:00Z'],
    ],
  },
  {
    name: 'newest scan of a depot',
    text: 'select max(scanned_at) from scan where depot_id = $1',
    calls: 50,
    samples: [[3], [199]],
  },
];

/* What is asked once in a while, over much of the tables. */
const REPORTS: Readonly<Record<string, string>> = {
  'revenue by month and segment': `
    select date_trunc('month', shipment.booked_at) as month, client.segment, sum(shipment.price_cents)
    from shipment join client on client.id = shipment.client_id
    where shipment.booked_at >= '2023-07-01' group by 1, 2 order by 1, 2`,
  'best clients of the quarter': `
    select client.id, client.name, sum(shipment.price_cents) as revenue, count(*) as shipments
    from client join shipment on shipment.client_id = client.id
    where shipment.booked_at >= '2023-07-01' and shipment.booked_at < '2023-10-01' and client.segment = 'health'
    group by client.id, client.name having count(*) > 3 order by revenue desc limit 25`,
  'rank of carriers within their country': `
    select country, name, revenue, rank() over (partition by country order by revenue desc)
    from (select carrier.country, carrier.name, sum(shipment.price_cents) as revenue
      from carrier join shipment on shipment.carrier_id = carrier.id
      where carrier.tier = 'gold' group by carrier.country, carrier.name) as summed`,
  'punctuality by mode': `
    select route.mode, percentile_cont(0.9) within group (order by extract(epoch from shipment.delivered_at - shipment.booked_at))
    from shipment join route on route.id = shipment.route_id
    where shipment.delivered_at >= '2023-11-01' and route.active group by route.mode`,
  'time between scans': `
    select depot_id, avg(gap) from (
      select scan.depot_id, scan.scanned_at - lag(scan.scanned_at) over (partition by scan.parcel_id order by scan.scanned_at) as gap
      from scan where scan.scanned_at >= '2023-12-01') as gaps
    where gap is not null group by depot_id order by 2 desc limit 20`,
  'parcels never scanned': `
    select parcel.category, count(*) from parcel join shipment on shipment.id = parcel.shipment_id
    where shipment.booked_at >= '2023-11-01'
      and not exists (select 1 from scan where scan.parcel_id = parcel.id)
    group by parcel.category order by 2 desc`,
  'clients lost since spring': `
    select client.id, client.name from client
    where client.segment = 'food'
      and exists (select 1 from shipment where shipment.client_id = client.id and shipment.booked_at < '2023-04-01')
      and not exists (select 1 from shipment where shipment.client_id = client.id and shipment.booked_at >= '2023-04-01')`,
  'dearer than usual on its route': `
    select shipment.id, shipment.price_cents from shipment
    where shipment.booked_at >= '2023-12-15' and shipment.price_cents > (
      select 3 * avg(usual.price_cents) from shipment as usual where usual.route_id = shipment.route_id)
    order by shipment.price_cents desc limit 50`,
  'fragile and heavy between two regions': `
    select shipment.reference, parcel.barcode, origin.name, destination.name
    from parcel join shipment on shipment.id = parcel.shipment_id join route on route.id = shipment.route_id
      join depot as origin on origin.id = route.origin_id join depot as destination on destination.id = route.destination_id
    where parcel.fragile and parcel.weight_g > 28000 and origin.region = 'north' and destination.region = 'islands'
      and route.mode = 'sea' order by shipment.booked_at desc`,
  'unpaid by currency': `
    select currency, sum(amount_cents), count(*) from invoice where paid_on is null group by currency`,
  'clients of a manager by revenue': `
    select client.id, client.name, coalesce(sum(shipment.price_cents), 0) as revenue
    from client left join shipment on shipment.client_id = client.id and shipment.booked_at >= '2023-01-01'
    where client.manager_id = 17 group by client.id, client.name order by revenue desc`,
  'insured exports of a day': `
    select id, reference from shipment
    where (details ->> 'incoterm') = 'DDP' and (details ->> 'insured') = 'true' and booked_at::timestamp::date = date '2023-10-05'`,
  'busiest lanes': `
    with lanes as (
      select route.origin_id, route.destination_id, count(*) as shipments, sum(shipment.weight_kg) as kg
      from shipment join route on route.id = shipment.route_id
      where shipment.booked_at between '2023-09-01' and '2023-09-30' and shipment.status = 'delivered'
      group by route.origin_id, route.destination_id)
    select origin.name, destination.name, lanes.shipments, lanes.kg
    from lanes join depot as origin on origin.id = lanes.origin_id
      join depot as destination on destination.id = lanes.destination_id
    order by lanes.shipments desc limit 20`,
  'first shipment of each client': `
    select distinct on (client_id) client_id, id, booked_at from shipment
    where client_id between 5000 and 5200 order by client_id, booked_at`,
  'heavy, urgent or cancelled': `
    select id from shipment where priority = 5 and weight_kg > 8900
    union all
    select id from shipment where status = 'cancelled' and booked_at >= '2023-12-01'`,
  'paid too late by city': `
    select client.city, avg(invoice.paid_on - invoice.due_on) as days, count(*) as invoices
    from invoice join shipment on shipment.id = invoice.shipment_id join client on client.id = shipment.client_id
    where invoice.paid_on > invoice.due_on and invoice.issued_on >= date '2023-06-01' and client.city in ('Port 3', 'New 8')
    group by client.city`,
};

export const FREIGHT_QUERIES: readonly NamedQuery[] = [
  ...SCREENS,
  ...Object.entries(REPORTS).map(([name, text]) => ({ name, text: text.replaceAll(/\n {4}/g, '\n').trim() })),
];

export const FREIGHT_WRITES: readonly NamedQuery[] = [
  {
    name: 'a scan',
    text: 'insert into scan (id, parcel_id, depot_id, scanned_at, event) values ($1, $2, $3, $4, $5)',
    calls: 900,
    samples: [[9_000_001, 17, 3, '2024-01-01T00:00:00Z', 'in']],
  },
  {
    name: 'a booking',
    text: `insert into shipment (id, client_id, route_id, carrier_id, status, booked_at, weight_kg, price_cents, priority,
  reference, details, note) values ($1, $2, $3, $4, 'booked', $5, $6, $7, $8, $9, '{}', '')`,
    calls: 150,
    samples: [[9_000_001, 17, 3, 5, '2024-01-01T00:00:00Z', 12.5, 1900, 1, 'EK9999999000001']],
  },
  {
    name: 'a new status',
    text: 'update shipment set status = $1 where id = $2',
    calls: 450,
    samples: [['in transit', 149_990]],
  },
  {
    name: 'delivered',
    text: `update shipment set status = 'delivered', delivered_at = $1 where id = $2`,
    calls: 150,
    samples: [['2024-01-01T00:00:00Z', 149_990]],
  },
];
