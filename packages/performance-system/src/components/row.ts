import type { Channel } from '@evenkeel/alerts';
import type { SecondTier } from '@evenkeel/cache';
import type {
  Alert,
  Clock,
  EventSink,
  ManagedComponent,
  Meter,
  Queryable,
  Recommendation,
} from '@evenkeel/core';
import type { WhatIfFactory } from '@evenkeel/db-optimizer';
import type { DumpTarget, ReportDelivery, Sink } from '@evenkeel/logger';
import type { z } from 'zod';
import type { SystemEvents } from '../system-events.ts';

/** What a component is created from. */
export interface CreationContext<Config> {
  /** Its own part of the configuration, validated, with defaults. */
  readonly config: Config;
  readonly clock: Clock;
  /** How long `stop()` may take, in ms. */
  readonly stopTimeout: number;
  readonly meter: Meter;
  /** Where it records what happens: the logger, for those that are created after it. */
  readonly sink: EventSink;
  /** What the caches of all instances share, if the host has given it. */
  readonly cacheTier: SecondTier | undefined;
  /** How indexes are costed where the database itself cannot tell, if the host has given it. */
  readonly twin: WhatIfFactory | undefined;
  /** The database that `initialize()` will be given, for own tables; the optimizer does not watch what goes through it. */
  readonly books: Queryable;
  /** Brings reports to people: the alerts, for those that are created after them. */
  readonly delivery: ReportDelivery | undefined;
  /** What the components advise, but for the reports' own advice. */
  advice(): readonly Recommendation[];
  /** Where alerts are told, as the host has given it. */
  readonly alertChannels: readonly Channel[];
  /** Where records are written to, as the host has given it. */
  readonly logSinks: readonly Sink[];
  /** Where the recorder's last minutes are put, if the host has given it. */
  readonly dumps: DumpTarget | undefined;
}

/** What a component is connected to when all are there. */
interface ConnectionContext<Config> extends CreationContext<Config> {
  /** Every component by the name of its health check, this one included. */
  readonly components: ReadonlyMap<string, ManagedComponent>;
  /** The database given to `initialize()`, if one was. */
  readonly database: Queryable | undefined;
  /** Shows an alert on the dashboard and emits it as the system's event `alert`. */
  raise(alert: Alert): void;
  /** Takes an alert off the dashboard, and emits `alert_resolved` if it was there. */
  resolve(alertId: string): void;
  /** Emits the system's event `health_changed`. */
  healthChanged(event: SystemEvents['health_changed']): void;
}

/** A row of the table of components: all that the facade knows of one. */
export interface ComponentRow<
  Name extends string = string,
  Section extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Component extends ManagedComponent = ManagedComponent,
> {
  /** Its name for `getComponent()`. */
  readonly name: Name;
  /** The key of its part of the configuration. */
  readonly section: Section;
  /** What its health check is called. @defaultValue its name */
  readonly checkName?: string;
  /** The schema of that part: types, defaults, environment variables and JSON Schema derive from it. */
  readonly schema: Schema;
  /** Makes it; starts nothing. */
  create(context: CreationContext<z.output<Schema>>): Component;
  /** Wires it to the others, once, in `initialize()`. @defaultValue nothing to wire */
  connect?(component: Component, context: ConnectionContext<z.output<Schema>>): void;
}

/** Keeps the types of a row as narrow as they are written. */
export function componentRow<
  const Name extends string,
  const Section extends string,
  Schema extends z.ZodType,
  Component extends ManagedComponent,
>(row: ComponentRow<Name, Section, Schema, Component>): ComponentRow<Name, Section, Schema, Component> {
  return row;
}
