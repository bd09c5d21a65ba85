import type { Workload } from './workload.ts';

const TABLES = [
  `create table products (id integer not null, name text not null, category text not null, description text not null,
     price_cents integer not null, stock integer not null, rating real not null)`,
  `create table orders (id bigint generated always as identity, product_id integer not null,
     quantity integer not null, total_cents bigint not null, placed_at timestamptz not null)`,
];

/* As the demo makes its products. */
const PRODUCTS = `
select id, initcap(colour || ' ' || material || ' ' || kind) || ' no. ' || id, category,
  'A ' || kind || ' of ' || material || ', ' || colour || '. ' || repeat('Made to be used every day. ', 4),
  199 + (id * 7919::bigint) % 49900, 50 + (id * 31) % 500, 1 + ((id * 127) % 41) / 10.0
from (
  select id,
    (array['lamp','chair','table','desk','shelf','mirror','clock','vase'])[1 + id % 8] as kind,
    (array['oak','steel','glass','linen','clay','cork','brass'])[1 + (id / 8) % 7] as material,
    (array['red','green','blue','white','black','amber','grey','teal','ochre'])[1 + (id / 56) % 9] as colour,
    (array['living','kitchen','office','garden','bedroom','hall','bath','workshop','nursery','attic',
           'studio','balcony'])[1 + (id * 131 / 7) % 12] as category
  from generate_series(1, $products) as id
) as made`;

const ORDERS = `
select 1 + (i * 7919::bigint) % $products, 1 + i % 5, (1 + i % 5) * (199 + (i * 104729::bigint) % 49900),
  timestamptz '2024-01-01 00:00Z' + make_interval(mins => i)
from generate_series(1, $orders) as i`;

/** The tables of the Express demo, and what it asks of them: its search has no index, on purpose. */
export const CATALOGUE: Workload = {
  name: 'catalogue',
  about: `the demo's products and orders: searches, look-ups, orders`,
  tables: TABLES,
  keys: ['alter table products add primary key (id)', 'alter table orders add primary key (id)'],
  fill: (scale) => {
    const counted = (text: string): string =>
      text
        .replaceAll('$products', String(Math.round(100_000 * scale)))
        .replaceAll('$orders', String(Math.round(150_000 * scale)));
    return [
      `insert into products ${counted(PRODUCTS)}`,
      `insert into orders (product_id, quantity, total_cents, placed_at) ${counted(ORDERS)}`,
    ];
  },
  queries: [
    {
      name: 'search',
      text: `select id, name, category, price_cents, rating from products
where ($1::text is null or category = $1)
  and ($2::integer is null or price_cents <= $2)
  and ($3::text is null or name ilike '%' || $3 || '%')
order by rating desc, id limit 20`,
      calls: 100,
      samples: [
        ['garden', null, null],
        ['attic', 5000, null],
        [null, null, 'teal'],
        ['office', 20_000, 'desk'],
      ],
    },
    {
      name: 'search of a category',
      text: `select id, name, category, price_cents, rating from products
where category = $1 and price_cents <= $2 order by rating desc, id limit 20`,
      calls: 100,
      samples: [
        ['garden', 10_000],
        ['attic', 5000],
      ],
    },
    {
      name: 'detail',
      text: `select id, name, category, description, price_cents, stock, rating from products where id = $1`,
      calls: 500,
      samples: [[17], [99_000]],
    },
    {
      name: 'orders of a product',
      text: 'select id, quantity, placed_at from orders where product_id = $1 order by placed_at desc limit 10',
      calls: 80,
      samples: [[17], [99_000]],
    },
    {
      name: 'best sellers of the week',
      text: `select products.id, products.name, sum(orders.total_cents) as worth from orders
join products on products.id = orders.product_id
where orders.placed_at >= timestamptz '2024-04-07 00:00Z' group by products.id, products.name
order by worth desc limit 10`,
      calls: 1,
    },
    {
      name: 'running out',
      text: 'select id, name, stock from products where stock < 55 order by stock, id limit 50',
      calls: 5,
    },
  ],
  writes: [
    {
      name: 'an order',
      text: `with taken as (
  update products set stock = stock - $2 where id = $1 and stock >= $2 returning id, price_cents)
insert into orders (product_id, quantity, total_cents, placed_at)
select id, $2, price_cents::bigint * $2, now() from taken`,
      calls: 20,
      samples: [[17, 1]],
    },
  ],
};
