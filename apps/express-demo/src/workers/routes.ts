import { errorMessage } from '@evenkeel/core';
import express, { type Router } from 'express';
import { z } from 'zod';
import type { CachedCatalogue } from '../catalogue/cached-catalogue.ts';
import { productId } from '../catalogue/routes.ts';
import { refuseOtherSites } from '../own-page.ts';
import { quoteRequest } from './delivery-quote.ts';
import type { DeliveryQuotes } from './delivery-quotes.ts';
import { WORKER_COMMANDS } from './supervised-worker.ts';
import type { WorkerFleet } from './worker-fleet.ts';

const quoteQuery = quoteRequest.pick({ postcode: true });
const workerCommand = z.enum(WORKER_COMMANDS);

/** What a delivery of a product costs, from a worker. */
export function quoteRoutes(catalogue: Pick<CachedCatalogue, 'detail'>, quotes: DeliveryQuotes): Router {
  const router = express.Router();

  router.get('/products/:id/quote', async (request, response) => {
    const query = quoteQuery.safeParse(request.query);
    if (!query.success) return void response.status(400).json({ error: z.prettifyError(query.error) });
    const id = productId.safeParse(request.params.id);
    const product = id.success ? await catalogue.detail(id.data) : undefined;
    if (!product) {
      return void response.status(404).json({ error: `there is no product ${request.params.id}` });
    }
    const { name, price_cents: priceCents } = product;
    try {
      response.json(await quotes.quote({ name, priceCents, postcode: query.data.postcode }));
    } catch (error) {
      const reason = `no worker can answer: ${errorMessage(error)}`;
      response.status(503).set('Retry-After', '1').json({ error: reason });
    }
  });

  return router;
}

/** How the workers are, and what breaks and mends them. */
export function workerRoutes(fleet: WorkerFleet): Router {
  const router = express.Router();

  router.get('/workers', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ workers: fleet.snapshot() });
  });

  router.post('/workers/:id/:command', refuseOtherSites, async (request, response) => {
    const worker = fleet.find(String(request.params.id));
    const command = workerCommand.safeParse(request.params.command);
    if (!worker || !command.success) {
      const known = fleet.snapshot().map(({ id }) => id);
      const error = `workers are ${known.join(', ') || 'none'}, commands ${WORKER_COMMANDS.join(', ')}`;
      return void response.status(404).json({ error });
    }
    await worker.command(command.data);
    response.json({ workers: fleet.snapshot() });
  });

  return router;
}
