import { alerts } from './alerts.ts';
import { allocator } from './allocator.ts';
import { cache } from './cache.ts';
import { database } from './database.ts';
import { health } from './health.ts';
import { loadBalancer } from './load-balancer.ts';
import { logger } from './logger.ts';
import { metrics } from './metrics.ts';
import { performance } from './performance.ts';
import type { ComponentRow } from './row.ts';

/**
 * The components of the system: adding one is adding its row here, and nothing else. They are created and
 * started in this order, and stopped in the reverse.
 */
export const COMPONENT_ROWS = [
  metrics,
  alerts,
  logger,
  performance,
  allocator,
  cache,
  loadBalancer,
  database,
  health,
] as const;

type Row = (typeof COMPONENT_ROWS)[number];

/** The components by name, as `getComponent()` gives them. */
export type Components = {
  readonly [Each in Row as Each['name']]: ReturnType<Each['create']>;
};

/** A name that `getComponent()` takes. */
export type ComponentName = keyof Components;

/** The schemas of the components' parts of the configuration, by key. */
export type ComponentSections = { readonly [Each in Row as Each['section']]: Each['schema'] };

export const COMPONENT_SECTIONS = Object.fromEntries(
  COMPONENT_ROWS.map((row: ComponentRow) => [row.section, row.schema]),
  // Built from the rows that the type is derived from.
) as unknown as ComponentSections;
