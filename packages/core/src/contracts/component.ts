import type { ErrorEvent } from '../events/index.ts';
import type { Disposer } from './disposer.ts';
import type { Recommendation } from './recommendation.ts';

export type HealthStatus = 'healthy' | 'warning' | 'critical';

/** How a component does, by its own judgement. */
export interface ComponentHealth {
  /** From 0 (useless) to 100 (as good as it can be). */
  readonly score: number;
  readonly status: HealthStatus;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What a component is doing. */
export type ComponentState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'failed'; readonly error: string; readonly since: number };

/** What the main class of every package satisfies, so that the facade treats all alike. */
export interface ManagedComponent {
  /** Idempotent. */
  start(): void | Promise<void>;
  /** Idempotent; waits for work in flight. */
  stop(): Promise<void>;
  /** Its state as plain serialisable data, for the dashboard. Cheap; never throws. */
  snapshot(): object;
  recommendations(): readonly Recommendation[];
  healthCheck(): ComponentHealth | Promise<ComponentHealth>;
  /** Its failures that belong to nobody's call. */
  on(type: 'error', listener: (event: ErrorEvent) => unknown): Disposer;
  /** All its events. */
  on(type: '*', listener: (event: { type: string; data: unknown; timestamp: number }) => unknown): Disposer;
}
