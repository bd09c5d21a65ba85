import express, { type Router } from 'express';
import { z } from 'zod';
import type { Catalogue } from './catalogue.ts';

const searchQuery = z.object({
  category: z.string().min(1).max(40).optional(),
  maxPrice: z.coerce.number().positive().max(1_000_000).optional(),
  q: z.string().min(1).max(80).optional(),
});
/** The number of a product: PostgreSQL's integer ends there. */
export const productId = z.coerce.number().int().min(1).max(2_147_483_647);
const orderBody = z.object({ productId, quantity: z.number().int().min(1).max(100) });

/** Search, detail and order, as JSON. */
export function catalogueRoutes(
  catalogue: Pick<Catalogue, 'search' | 'detail' | 'order' | 'recentlyOrdered'>,
): Router {
  const router = express.Router();

  router.get('/products', async (request, response) => {
    const query = searchQuery.safeParse(request.query);
    if (!query.success) return void response.status(400).json({ error: z.prettifyError(query.error) });
    const { category, maxPrice, q } = query.data;
    const maxPriceCents = maxPrice === undefined ? undefined : Math.round(maxPrice * 100);
    response.json({ products: await catalogue.search({ category, maxPriceCents, word: q }) });
  });

  router.get('/products/:id', async (request, response) => {
    const id = productId.safeParse(request.params.id);
    const product = id.success ? await catalogue.detail(id.data) : undefined;
    if (product) response.json(product);
    else response.status(404).json({ error: `there is no product ${request.params.id}` });
  });

  router.get('/orders/recent', async (_request, response) => {
    response.json({ products: await catalogue.recentlyOrdered() });
  });

  router.post('/orders', express.json({ limit: '10kb' }), async (request, response) => {
    const body = orderBody.safeParse(request.body);
    if (!body.success) return void response.status(400).json({ error: z.prettifyError(body.error) });
    const order = await catalogue.order(body.data.productId, body.data.quantity);
    if (order) response.status(201).json(order);
    else
      response
        .status(409)
        .json({ error: `fewer than ${body.data.quantity} of product ${body.data.productId} in stock` });
  });

  return router;
}
