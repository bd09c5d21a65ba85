import type { Queryable } from '@evenkeel/core';
import { ClientConnections, type OwnClient } from './client-connections.ts';
import type { Connections } from './connection.ts';
import { PGliteConnections, type PGliteLike } from './pglite-connections.ts';
import { type PgPoolLike, PoolConnections } from './pool-connections.ts';
import { QueryableConnections } from './queryable-connections.ts';

/** How connections are had from what the application gave: a Pool or Client of `pg`, PGlite, or what resembles them. */
export function chooseConnections(database: Queryable): Connections {
  if (isPool(database)) return new PoolConnections(database);
  if (isPGlite(database)) return new PGliteConnections(database);
  if (isClient(database)) return new ClientConnections(database);
  return new QueryableConnections(database);
}

/** Its counters tell a pool from a client, which can `connect` too. */
function isPool(database: object): database is PgPoolLike {
  return hasMethod(database, 'connect') && 'totalCount' in database;
}

function isPGlite(database: object): database is PGliteLike {
  return hasMethod(database, 'transaction') && hasMethod(database, 'execProtocol');
}

function isClient(database: object): database is OwnClient {
  return 'processID' in database && hasMethod(database, 'query') && hasMethod(database, 'on');
}

function hasMethod(value: object, name: string): boolean {
  return typeof (value as Record<string, unknown>)[name] === 'function';
}
