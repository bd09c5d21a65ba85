import type { DemoSettings } from '../../src/settings.ts';

/** A service on any free port, with an embedded database, that nobody visits, without background work and workers. */
export const SETTINGS: DemoSettings = {
  port: 0,
  host: '127.0.0.1',
  databaseUrl: undefined,
  dataDirectory: undefined,
  redisUrl: undefined,
  products: 3000,
  traffic: 0,
  background: 0,
  workers: 0,
};
