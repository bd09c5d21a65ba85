import type { CacheManager } from '@evenkeel/cache';
import type { Catalogue, Order, ProductDetail, Search } from './catalogue.ts';

/**
 * The catalogue with product pages from the cache. An order changes the stock, so it invalidates the product: a page
 * that is loaded meanwhile is not kept. Searches are not cached, so that the slow one can be seen.
 */
export class CachedCatalogue {
  readonly #catalogue: Catalogue;
  readonly #cache: CacheManager;

  constructor(catalogue: Catalogue, cache: CacheManager) {
    this.#catalogue = catalogue;
    this.#cache = cache;
  }

  search(search: Search) {
    return this.#catalogue.search(search);
  }

  recentlyOrdered(): Promise<ProductDetail[]> {
    return this.#catalogue.recentlyOrdered();
  }

  detail(id: number): Promise<ProductDetail | undefined> {
    return this.#cache.getOrLoad(`product:${id}`, () => this.#catalogue.detail(id), {
      negativeTtl: '10s',
      staleIfError: '1m',
    });
  }

  async order(productId: number, quantity: number): Promise<Order | undefined> {
    const order = await this.#catalogue.order(productId, quantity);
    if (order) await this.#cache.delete(`product:${productId}`);
    return order;
  }
}
