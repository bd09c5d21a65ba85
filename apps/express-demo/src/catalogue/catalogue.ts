import type { Queryable } from '@evenkeel/core';

export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly price_cents: number;
  readonly rating: number;
}

export interface ProductDetail extends Product {
  readonly description: string;
  readonly stock: number;
}

export interface Order {
  readonly id: string;
  readonly product_id: number;
  readonly quantity: number;
  readonly total_cents: string;
}

export interface Search {
  readonly category?: string | undefined;
  readonly maxPriceCents?: number | undefined;
  /** A word of the name. */
  readonly word?: string | undefined;
}

/** What can be done with the products. */
export class Catalogue {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /**
   * The twenty best-rated products that fit. There is no index on `category` on purpose: this is the slow
   * query of the demo.
   */
  async search({ category, maxPriceCents, word }: Search): Promise<Product[]> {
    const { rows } = await this.#database.query<Product>(
      `select id, name, category, price_cents, rating from evenkeel_demo.products
       where ($1::text is null or category = $1)
         and ($2::integer is null or price_cents <= $2)
         and ($3::text is null or name ilike '%' || $3 || '%')
       order by rating desc, id limit 20`,
      [category ?? null, maxPriceCents ?? null, word === undefined ? null : escapeLike(word)],
    );
    return rows;
  }

  async detail(id: number): Promise<ProductDetail | undefined> {
    const { rows } = await this.#database.query<ProductDetail>(
      `select id, name, category, description, price_cents, stock, rating
       from evenkeel_demo.products where id = $1`,
      [id],
    );
    return rows[0];
  }

  /**
   * The products that were ordered last, at most twenty. Each is asked for by itself on purpose, where one join would
   * do: this is the N+1 query of the demo.
   */
  async recentlyOrdered(): Promise<ProductDetail[]> {
    const { rows } = await this.#database.query<{ product_id: number }>(
      'select product_id from evenkeel_demo.orders order by id desc limit 20',
    );
    const products: ProductDetail[] = [];
    for (const { product_id } of rows) {
      const product = await this.detail(product_id);
      if (product) products.push(product);
    }
    return products;
  }

  /** Takes the goods from the stock and writes the order, both or neither; undefined where there is too little. */
  async order(productId: number, quantity: number): Promise<Order | undefined> {
    const { rows } = await this.#database.query<Order>(
      `with taken as (
         update evenkeel_demo.products set stock = stock - $2
         where id = $1 and stock >= $2 returning id, price_cents
       )
       insert into evenkeel_demo.orders (product_id, quantity, total_cents)
       select id, $2, price_cents::bigint * $2 from taken
       returning id::text, product_id, quantity, total_cents::text`,
      [productId, quantity],
    );
    return rows[0];
  }
}

function escapeLike(word: string): string {
  return word.replaceAll(/[\\%_]/g, '\\$&');
}
