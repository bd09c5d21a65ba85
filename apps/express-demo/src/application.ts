import { fileURLToPath } from 'node:url';
import { performanceMiddleware, performanceRouter } from '@evenkeel/express';
import type { PerformanceSystem } from '@evenkeel/performance-system';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { AlertInbox } from './alerts/alert-inbox.ts';
import { alertRoutes } from './alerts/routes.ts';
import type { BackgroundWork } from './background/background-work.ts';
import { backgroundRoutes } from './background/routes.ts';
import { CachedCatalogue } from './catalogue/cached-catalogue.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { catalogueRoutes } from './catalogue/routes.ts';
import { reportRoutes } from './reports/routes.ts';
import type { IndexTrials } from './tuning/index-trials.ts';
import { tuningRoutes } from './tuning/routes.ts';
import { watchRequests } from './tuning/watched-requests.ts';
import type { DeliveryQuotes } from './workers/delivery-quotes.ts';
import { quoteRoutes, workerRoutes } from './workers/routes.ts';
import type { WorkerFleet } from './workers/worker-fleet.ts';

const PAGE = fileURLToPath(new URL('../public', import.meta.url));

/** What the service consists of. */
export interface ServiceParts {
  readonly system: PerformanceSystem;
  readonly catalogue: Catalogue;
  readonly background: BackgroundWork;
  readonly trials: IndexTrials;
  readonly inbox: AlertInbox;
  readonly workers: WorkerFleet;
  /** Undefined where there are no workers to make them. */
  readonly quotes: DeliveryQuotes | undefined;
}

/** The service: the catalogue, measured, with its probes, its metrics and a page that shows the dashboard data. */
export function createApplication(parts: ServiceParts): Express {
  const { system, catalogue, background, trials, inbox, workers, quotes } = parts;
  const cached = new CachedCatalogue(catalogue, system.getComponent('cache'));
  const app = express();
  app.disable('x-powered-by');
  app.use(performanceMiddleware(system));
  app.use(performanceRouter(system));
  app.get('/dashboard/data', (_request, response) => {
    response.set('Cache-Control', 'no-store').json(system.getPerformanceDashboard());
  });
  app.use(reportRoutes(system));
  app.use(alertRoutes(system.getComponent('alerts'), inbox));
  app.use(tuningRoutes(trials));
  app.use(watchRequests(system.getComponent('database')));
  app.use(catalogueRoutes(cached));
  app.use(backgroundRoutes(background));
  app.use(workerRoutes(workers));
  if (quotes) app.use(quoteRoutes(cached, quotes));
  app.use(
    express.static(PAGE, { setHeaders: (response) => response.setHeader('Content-Security-Policy', POLICY) }),
  );
  app.use((_request, response) => void response.status(404).json({ error: 'there is nothing here' }));
  app.use(answerError);
  return app;
}

const POLICY = "default-src 'self'; img-src 'self' data:";

/** Errors of express.json() and the like carry a status and are the client's; the rest is ours, and not shown. */
const answerError: ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  const status: unknown = error?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    response.status(status).json({ error: String(error.message) });
    return;
  }
  console.error('request failed:', error);
  response.status(500).json({ error: 'the request failed' });
};
