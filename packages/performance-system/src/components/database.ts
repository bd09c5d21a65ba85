import type { Alert, Queryable, Recommendation } from '@evenkeel/core';
import { DatabaseOptimizer, type InstrumentablePool } from '@evenkeel/db-optimizer';
import { durationField, integerField, numberField, section } from '../configuration/fields.ts';
import { componentRow } from './row.ts';

export const database = componentRow({
  name: 'database',
  section: 'databaseOptimizer',
  // The database itself has a check that decides over readiness: this one is of how its queries do.
  checkName: 'queries',
  schema: section('The queries of the application, and what would make them faster.', {
    slowThreshold: durationField('A query that takes as long is slow.', '200ms'),
    slowFactor: numberField('One is slow too that takes so many times the median of its like.', 10, {
      min: 1,
    }),
    repeatThreshold: integerField('Runs of a statement in one request that count as repeated.', 10, {
      min: 2,
    }),
    retries: integerField('Most tries of a query or transaction beyond the first.', 5, { min: 0, max: 20 }),
    retryBudget: numberField('Most retries, to all queries and transactions.', 0.1, { min: 0, max: 1 }),
    timeout: durationField('Time for each try of a query; the deadline, where that is shorter.', '30s', {
      min: 1,
    }),
    deadline: durationField('Time for all of a query or transaction, retries included.', '1m', { min: 1 }),
    surveyInterval: durationField('Time from one survey of the database to the next; 0 for none.', '5m'),
    maxStatements: integerField('Groups of like statements that are kept.', 500, { min: 1 }),
    samples: integerField('Runs of each group that are kept with their values, for the advice.', 5, {
      min: 0,
      max: 100,
    }),
  }),
  create: ({ config, clock, meter, sink, twin }) => {
    const timeout = Math.min(config.timeout, config.deadline);
    return new DatabaseOptimizer(undefined, {
      ...config,
      timeout,
      clock,
      meter,
      sink,
      ...(twin && { twin }),
    });
  },
  connect: (optimizer, { clock, database, raise, resolve }) => {
    if (!database) return;
    optimizer.attach(database);
    if (isPool(database)) optimizer.instrument(database);
    const on = new Set<string>();
    let refusedBefore = 0;
    // Each survey tells all that is wrong by then.
    optimizer.on('surveyed', ({ suggestions }) => {
      const refused = optimizer.snapshot().execution?.retriesRefused ?? 0;
      const alerts = suggestions.flatMap((suggestion) => alertOf(suggestion, clock.now()) ?? []);
      if (refused > refusedBefore) alerts.push(refusedRetries(refused - refusedBefore, clock.now()));
      refusedBefore = refused;
      const ids = new Set(alerts.map(({ id }) => id));
      for (const id of on) if (!ids.has(id) && on.delete(id)) resolve(id);
      for (const alert of alerts) if (!on.has(alert.id) && on.add(alert.id)) raise(alert);
    });
  },
});

/* By how the ids of suggestions begin: what is worth an alert, besides being advice. */
const ALERTS: readonly (readonly [RegExp, Pick<Alert, 'name' | 'severity'>])[] = [
  [/^db-optimizer:pool:.*:leak$/, { name: 'connections leak', severity: 'critical' }],
  [/^db-optimizer:pool:.*:(?:held-idle|too-small)$/, { name: 'pool is waited for', severity: 'warning' }],
  [/^db-optimizer:plan:worse:/, { name: 'plan got worse', severity: 'warning' }],
  [/^db-optimizer:query:(?:n-plus-one|redundant):/, { name: 'query repeats', severity: 'info' }],
];

function alertOf({ id, priority, message, evidence }: Recommendation, since: number): Alert | undefined {
  // By its cost alone a plan has only perhaps got worse.
  if (priority === 'low') return undefined;
  const kind = ALERTS.find(([pattern]) => pattern.test(id))?.[1];
  return kind && { ...kind, id, message, since, labels: { component: 'database' }, evidence };
}

function refusedRetries(count: number, since: number): Alert {
  return {
    id: 'db-optimizer:retries-refused',
    name: 'retries refused',
    severity: 'warning',
    message: `So many queries fail that ${count} retries were refused since the last survey`,
    since,
    labels: { component: 'database' },
    value: count,
  };
}

/** Whether it is a Pool of `pg`: its counters tell it from a Client. */
function isPool(database: Queryable): database is Queryable & InstrumentablePool {
  const has = (name: string): boolean => typeof Reflect.get(database, name) === 'function';
  return 'totalCount' in database && ['connect', 'on', 'off'].every(has);
}
