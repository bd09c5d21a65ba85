import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shedLoad } from '@evenkeel/allocator/node';
import { statisticsTwin } from '@evenkeel/db-optimizer/twin';
import { PerformanceSystem } from '@evenkeel/performance-system';
import { AlertInbox } from './alerts/alert-inbox.ts';
import { ALERT_RULES } from './alerts/alert-rules.ts';
import { createApplication } from './application.ts';
import { BackgroundWork } from './background/background-work.ts';
import { openCacheTier } from './cache-tier.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { openDatabase } from './catalogue/database.ts';
import { prepareCatalogue } from './catalogue/schema.ts';
import { REQUEST_CLASSES } from './request-classes.ts';
import type { DemoSettings } from './settings.ts';
import { startTraffic } from './traffic/start-traffic.ts';
import { IndexTrials } from './tuning/index-trials.ts';
import { DeliveryQuotes } from './workers/delivery-quotes.ts';
import { WorkerFleet } from './workers/worker-fleet.ts';

export interface RunningService {
  readonly address: string;
  readonly system: PerformanceSystem;
  /** What is served, in a sentence. */
  readonly description: string;
  stop(): Promise<void>;
}

const DEFAULT_PORT = 3000;
/* Requests that take longer are cut off, so that stopping keeps its time. */
const DRAIN_MS = 1000;

/* Where the build puts it. */
const WORKER = new URL('./workers/worker.js', import.meta.url);

/*
 * A quote takes milliseconds, and visitors don't wait for long: what takes half a second is asked of another worker.
 * `EVENKEEL_LOAD_BALANCER_*` variables go before this.
 */
const LOAD_BALANCER = {
  timeout: '500ms',
  deadline: '2s',
  healthCheck: { interval: '1s', timeout: '500ms' },
} as const;

/* So that a visitor sees what is told while looking, and it is still there after a restart. */
const ALERT_MANAGER = { store: 'database', groupWait: '2s', groupInterval: '15s' } as const;

/*
 * So that a visitor sees advice within a minute: the search takes longer than this anywhere. A real server without
 * HypoPG is imitated for each survey, which takes seconds of CPU.
 */
const databaseOptimizer = (databaseUrl: string | undefined) => ({
  slowThreshold: '5ms',
  surveyInterval: databaseUrl === undefined ? '30s' : '40s',
});

/**
 * Opens the database, fills it, and serves; undoes all of it where a step fails.
 *
 * @param worker the built program of the workers
 */
export async function startService(settings: DemoSettings, worker: URL = WORKER): Promise<RunningService> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    // First, so that a bad configuration is told before anything is opened.
    const system = new PerformanceSystem(
      {
        alertManager: ALERT_MANAGER,
        databaseOptimizer: databaseOptimizer(settings.databaseUrl),
        loadBalancer: LOAD_BALANCER,
        performanceLogger: { history: 'database' },
      },
      {
        cacheTier: openCacheTier(settings.redisUrl),
        // In the embedded database indexes are made for trial, and rolled back.
        twin: settings.databaseUrl === undefined ? undefined : statisticsTwin(),
      },
    );
    const database = await openDatabase(settings);
    cleanUp.push(() => database.close());
    const products = await prepareCatalogue(database.pool, settings.products);
    await system.initialize(database.pool);
    await system.start();
    cleanUp.push(() => system.stop());
    const optimizer = system.getComponent('database');
    // The first survey takes longest, and an embedded database serves nobody else meanwhile: what fails is told later.
    await optimizer.getOptimizationSuggestions().catch(() => {});
    const trials = new IndexTrials({ database: database.pool, optimizer });
    cleanUp.push(() => trials.stop());
    const allocator = system.getComponent('allocator');
    const appetite = settings.background / 100;
    const background = new BackgroundWork({ database: database.pool, products, appetite });
    background.start(allocator);
    cleanUp.push(() => background.stop());
    const balancer = system.getComponent('loadBalancer');
    const workers = new WorkerFleet({ balancer, size: settings.workers, script: worker });
    await workers.start();
    cleanUp.push(() => workers.stop());
    const quotes = settings.workers > 0 ? new DeliveryQuotes(balancer) : undefined;
    if (quotes) cleanUp.push(() => quotes.stop());
    const catalogue = new Catalogue(database.pool);
    const inbox = new AlertInbox();
    const parts = { system, catalogue, background, trials, inbox, workers, quotes };
    const application = createApplication(parts);
    // In front of Express, so that refusing costs next to nothing.
    const server = createServer(shedLoad(allocator.admission, application, REQUEST_CLASSES));
    const address = await listen(server, settings);
    cleanUp.push(() => close(server));
    const alerts = system.getComponent('alerts');
    for (const rule of ALERT_RULES) alerts.addRule(rule);
    alerts.addChannel(inbox.channel(address));
    if (settings.traffic > 0) {
      const asksForQuotes = quotes !== undefined;
      cleanUp.push(startTraffic({ address, perSecond: settings.traffic, products, asksForQuotes }));
    }
    const shared = settings.redisUrl === undefined ? '' : ', cache shared in Redis';
    const description = `${products.toLocaleString('en')} products in ${database.name}${shared}, ${settings.traffic} requests/s, ${settings.workers} workers`;
    return { address, system, description, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function listen(server: Server, { host, port }: DemoSettings): Promise<string> {
  try {
    server.listen(port ?? DEFAULT_PORT, host);
    await once(server, 'listening');
  } catch (error) {
    if (port !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    server.listen(0, host);
    await once(server, 'listening');
  }
  const { port: bound } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cutOff);
}
