import {
  type Clock,
  type Duration,
  EvenkeelError,
  option,
  PeriodicTask,
  type Queryable,
  readOptions,
  readValue,
  StateError,
  systemClock,
} from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import type { Silence } from '../silences/silence.ts';
import type { AlertHistoryQuery, AlertStore, Delivery, StoredState } from '../store/alert-store.ts';
import { migrate } from './migrations.ts';
import { alertRow, deliveryRow, saveStatement, silenceRow } from './save-statement.ts';
import { keyOf } from './storable.ts';

export interface PostgresAlertStoreOptions {
  /**
   * Tells this process from others with the same tables; the same again after a restart, so that it goes on with what
   * it left: the ordinal of a pod, the name of a host. A second process under one name takes the first one's place.
   * @defaultValue 'main'
   */
  readonly instance?: string;
  /** What the names of the tables begin with; with a schema, which must exist: `monitoring.alerts_`. @defaultValue 'evenkeel_alerts_' */
  readonly prefix?: string;
  /** How long resolved alerts are kept. @defaultValue '90d' */
  readonly keepAlerts?: Duration;
  /** How long messages that were sent are kept. @defaultValue '1d' */
  readonly keepSent?: Duration;
  /** How long messages that were given up are kept. @defaultValue '30d' */
  readonly keepDead?: Duration;
  /** Tells the age of what is kept. @defaultValue the system's */
  readonly clock?: Clock;
  /** Learns that old rows could not be deleted. @defaultValue ignored: it is tried again */
  readonly onError?: (error: unknown) => void;
}

/* They become parts of statements. */
const PREFIX = /^([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,40}$/;

/* So that no delete holds locks for long. */
const SLICE = 1000;

const HOUR_MS = 3_600_000;

/**
 * Keeps alerts and messages in PostgreSQL, in tables of its own: a Pool or Client of `pg`, PGlite, or whatever has
 * `query(text, params)`. A restart goes on where it ended.
 */
export class PostgresAlertStore implements AlertStore {
  readonly #database: Queryable;
  readonly #instance: string;
  readonly #prefix: string;
  readonly #keep: { readonly alerts: number; readonly sent: number; readonly dead: number };
  readonly #clock: Clock;
  readonly #save: string;
  readonly #cleaning: PeriodicTask;
  #epoch: string | undefined;
  #revision = 0;

  /** @throws ConfigurationError */
  constructor(database: Queryable, options: PostgresAlertStoreOptions = {}) {
    this.#database = readValue(
      'PostgresAlertStore',
      'database',
      database,
      option.withMethods<Queryable>('query'),
    );
    const read = readOptions('PostgresAlertStore', options, {
      instance: option.string().default('main'),
      prefix: new option.Field<string>(
        'a name of small letters, digits and _, with or without a schema',
        (value, path, issues) => {
          if (typeof value === 'string' && PREFIX.test(value)) return value;
          issues.push({
            path,
            value,
            expected: 'small letters, digits and _, at most 41, with or without a schema',
          });
          return '';
        },
      ).default('evenkeel_alerts_'),
      keepAlerts: option.duration({ min: 1 }).default(90 * 24 * HOUR_MS),
      keepSent: option.duration({ min: 1 }).default(24 * HOUR_MS),
      keepDead: option.duration({ min: 1 }).default(30 * 24 * HOUR_MS),
      clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
      onError: option.callback<(error: unknown) => void>().default(() => {}),
    });
    this.#instance = keyOf(read.instance);
    this.#prefix = read.prefix;
    this.#keep = { alerts: read.keepAlerts, sent: read.keepSent, dead: read.keepDead };
    this.#clock = read.clock;
    this.#save = saveStatement(read.prefix);
    this.#cleaning = new PeriodicTask(() => this.#clean(), {
      intervalMs: HOUR_MS,
      jitter: 0.5,
      clock: read.clock,
      onError: read.onError,
    });
  }

  /** Creates the tables or brings them up to date. */
  async start(): Promise<void> {
    await migrate(this.#database, this.#prefix);
    this.#cleaning.start();
  }

  /** From here on nothing is written for another process of the same name. */
  async load(): Promise<Required<StoredState>> {
    const { rows } = await this.#database.query<{ readonly epoch: string }>(
      `insert into ${this.#prefix}instances as stored (instance, epoch) values ($1, 1)
       on conflict (instance) do update set epoch = stored.epoch + 1 returning epoch::text as epoch`,
      [this.#instance],
    );
    const epoch = rows[0]?.epoch;
    const revisions = await this.#database.query<{ readonly revision: string }>(
      `select greatest(
         (select max(revision) from ${this.#prefix}alerts where instance = $1),
         (select max(revision) from ${this.#prefix}deliveries where instance = $1),
         (select max(revision) from ${this.#prefix}silences where instance = $1), 0)::text as revision`,
      [this.#instance],
    );
    this.#revision = Number(revisions.rows[0]?.revision ?? 0);
    const alerts = await this.#read<TrackedAlert>('alerts', 'instance = $1 and is_active', [this.#instance]);
    const deliveries = await this.#read<Delivery>('deliveries', `instance = $1 and state = 'pending'`, [
      this.#instance,
    ]);
    const silences = await this.#read<Silence>('silences', 'instance = $1 and until_at > $2', [
      this.#instance,
      this.#clock.now(),
    ]);
    this.#epoch = epoch;
    return { alerts, deliveries, silences };
  }

  /** @throws StateError when another process has taken this one's place */
  async save({ alerts = [], deliveries = [], silences = [] }: Partial<StoredState>): Promise<void> {
    if (this.#epoch === undefined) throw new StateError('the alert store was not loaded');
    this.#revision += 1;
    const { rows } = await this.#database.query<{ readonly owned: number }>(this.#save, [
      this.#instance,
      this.#epoch,
      this.#revision,
      JSON.stringify(latest(alerts).map(alertRow)),
      JSON.stringify(latest(deliveries).map(deliveryRow)),
      JSON.stringify(latest(silences).map(silenceRow)),
    ]);
    if (rows[0]?.owned === 1) return;
    throw new EvenkeelError(
      `another process has taken the place of instance ${JSON.stringify(this.#instance)}: give each a name of its own`,
      { code: 'TAKEN_OVER' },
    );
  }

  /** Of all instances. */
  async history({ from, to, name, limit }: AlertHistoryQuery): Promise<readonly TrackedAlert[]> {
    const params: unknown[] = [limit];
    const conditions = ['true'];
    const add = (value: unknown, condition: (parameter: string) => string): void => {
      params.push(value);
      conditions.push(condition(`$${params.length}`));
    };
    if (from !== undefined) add(from, (parameter) => `(is_active or resolved_at >= ${parameter})`);
    if (to !== undefined) add(to, (parameter) => `since <= ${parameter}`);
    if (name !== undefined) add(keyOf(name), (parameter) => `name = ${parameter}`);
    return await this.#read('alerts', `${conditions.join(' and ')} order by since desc, id limit $1`, params);
  }

  async deadLetters({ limit }: { readonly limit: number }): Promise<readonly Delivery[]> {
    return await this.#read(
      'deliveries',
      `instance = $1 and state = 'dead' order by settled_at desc, revision desc, id limit $2`,
      [this.#instance, limit],
    );
  }

  /** The database is not closed: it is the caller's. */
  async stop(): Promise<void> {
    await this.#cleaning.stop();
  }

  async #read<T>(table: string, condition: string, params: unknown[]): Promise<T[]> {
    // As text: drivers read `json` each in its own way.
    const { rows } = await this.#database.query<{ readonly data: string }>(
      `select data::text as data from ${this.#prefix}${table} where ${condition}`,
      params,
    );
    return rows.map(({ data }) => JSON.parse(data) as T);
  }

  async #clean(): Promise<void> {
    const now = this.#clock.now();
    await this.#deleteOld('alerts', 'not is_active and resolved_at < $1', now - this.#keep.alerts);
    await this.#deleteOld('deliveries', `state = 'sent' and settled_at < $1`, now - this.#keep.sent);
    await this.#deleteOld('deliveries', `state = 'dead' and settled_at < $1`, now - this.#keep.dead);
    await this.#deleteOld('silences', 'until_at < $1', now - this.#keep.sent);
  }

  async #deleteOld(table: string, condition: string, before: number): Promise<void> {
    const name = `${this.#prefix}${table}`;
    for (let deleted = SLICE; deleted === SLICE; ) {
      const { rows } = await this.#database.query<{ readonly deleted: number }>(
        `with old as (delete from ${name} where ctid = any (array(
           select ctid from ${name} where ${condition} limit ${SLICE})) returning 1)
         select count(*)::integer as deleted from old`,
        [before],
      );
      deleted = rows[0]?.deleted ?? 0;
    }
  }
}

/** The last of each id: one statement may change a row only once. */
function latest<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}
