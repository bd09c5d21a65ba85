import type { Pool } from 'pg';

/* A schema of its own, so that the demo disturbs nothing in a database it is lent. */
const TABLES = `
create schema if not exists evenkeel_demo;
create table if not exists evenkeel_demo.products (
  id integer primary key,
  name text not null,
  category text not null,
  description text not null,
  price_cents integer not null check (price_cents > 0),
  stock integer not null check (stock >= 0),
  rating real not null
);
create table if not exists evenkeel_demo.orders (
  id bigint generated always as identity primary key,
  product_id integer not null references evenkeel_demo.products,
  quantity integer not null check (quantity > 0),
  total_cents bigint not null,
  placed_at timestamptz not null default now()
)`;

/* Spread by primes, so that neighbours differ and every run makes the same catalogue. */
const PRODUCTS = `
insert into evenkeel_demo.products (id, name, category, description, price_cents, stock, rating)
select id,
  initcap(colour || ' ' || material || ' ' || kind) || ' no. ' || id,
  category,
  'A ' || kind || ' of ' || material || ', ' || colour || '. ' || repeat('Made to be used every day. ', 4),
  199 + (id * 7919) % 49900,
  50 + (id * 31) % 500,
  1 + ((id * 127) % 41) / 10.0
from (
  select id,
    (array['lamp','chair','table','desk','shelf','mirror','clock','vase'])[1 + id % 8] as kind,
    (array['oak','steel','glass','linen','clay','cork','brass'])[1 + (id / 8) % 7] as material,
    (array['red','green','blue','white','black','amber','grey','teal','ochre'])[1 + (id / 56) % 9] as colour,
    (array['living','kitchen','office','garden','bedroom','hall','bath','workshop','nursery','attic',
           'studio','balcony'])[1 + (id * 131 / 7) % 12] as category
  from generate_series(1, $1::integer) as id
) as made`;

/* What was inserted is counted about a second later, and would look like a change since the tables were analysed. */
const COUNT_ROWS = `do $$ begin
  perform pg_stat_force_next_flush();
exception when undefined_function then null; -- before PostgreSQL 15
end $$`;

/** Makes the tables where they are missing, and fills an empty catalogue. Returns the number of products. */
export async function prepareCatalogue(pool: Pool, products: number): Promise<number> {
  for (const statement of TABLES.split(';')) await pool.query(statement);
  const count = await countProducts(pool);
  if (count > 0) return count;
  await pool.query(PRODUCTS, [products]);
  await pool.query(COUNT_ROWS);
  await pool.query('analyze evenkeel_demo.products, evenkeel_demo.orders');
  return products;
}

async function countProducts(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::integer as count from evenkeel_demo.products',
  );
  return rows[0]?.count ?? 0;
}
