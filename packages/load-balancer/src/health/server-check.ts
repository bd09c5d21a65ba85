import type { Server } from '../servers/server.ts';

/**
 * Finds out whether a server may take traffic. Resolving (to whatever but `false`) passes; throwing, rejecting and
 * `false` fail; it is given up at its time-out, and `signal` fires then.
 */
export type ServerCheck = (server: Server, signal: AbortSignal) => unknown;
