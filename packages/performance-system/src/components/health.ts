import { componentCheck, HealthChecker } from '@evenkeel/health';
import { postgresCheck } from '@evenkeel/health/checks';
import { nodeHealthChecks } from '@evenkeel/health/node';
import { durationField, integerField, section } from '../configuration/fields.ts';
import { componentRow } from './row.ts';

export const health = componentRow({
  name: 'health',
  section: 'healthChecker',
  schema: section('Health checks and what probes are told.', {
    interval: durationField('Time between the background runs of a check.', '10s', { min: 100 }),
    totalBudget: durationField('How long a probe may wait for its answer.', '800ms', { min: 1 }),
    failureThreshold: integerField('Bad results in a row that worsen a check.', 1, { min: 1, max: 100 }),
    successThreshold: integerField('Good results in a row that improve a check.', 1, { min: 1, max: 100 }),
  }),
  create: ({ config: { totalBudget, ...defaults }, clock, meter }) =>
    new HealthChecker({ clock, meter, totalBudget, defaults, builtIn: nodeHealthChecks() }),
  connect: (checker, { components, database, healthChanged }) => {
    // A component's own trouble is shown, but only what it depends on takes the process out of service.
    for (const [name, component] of components) {
      if (component !== checker)
        checker.registerHealthCheck(name, componentCheck(component), { critical: false });
    }
    if (database) checker.registerHealthCheck('database', postgresCheck(database));
    checker.on('health_changed', healthChanged);
  },
});
