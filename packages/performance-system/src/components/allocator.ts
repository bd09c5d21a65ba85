import { RESOURCE_MODES, ResourceAllocationManager } from '@evenkeel/allocator';
import { nodeSensors } from '@evenkeel/allocator/node';
import { choiceField, durationField, integerField, section } from '../configuration/fields.ts';
import { componentRow } from './row.ts';

export const allocator = componentRow({
  name: 'allocator',
  section: 'resourceAllocator',
  schema: section('What runs, and how much of it, by the pressure on the resources.', {
    mode: choiceField('How much of the resources optional work may use.', RESOURCE_MODES, 'balanced'),
    interval: durationField('Time from one look at the resources to the next.', '250ms', {
      min: 10,
      max: 60_000,
    }),
    actionTimeout: durationField('How long a callback that pauses or resumes may take.', '5s', { min: 1 }),
    replicas: integerField('Replicas of this process that share the load.', 1, { min: 1, max: 100_000 }),
  }),
  create: ({ config: { replicas, ...config }, clock, meter }) =>
    new ResourceAllocationManager({
      ...config,
      clock,
      meter,
      replicas: () => replicas,
      sensors: nodeSensors({ clock }),
    }),
  connect: (manager, { clock, raise, resolve }) => {
    manager.on('resource-manager:pressure', ({ resource, to, utilization, evidence }) => {
      const id = `pressure-${resource}`;
      if (to !== 'serious' && to !== 'critical') {
        resolve(id);
        return;
      }
      const percent = utilization === undefined ? '' : `: ${Math.round(100 * utilization)} % used`;
      raise({
        id,
        name: 'resource pressure',
        severity: to === 'critical' ? 'critical' : 'warning',
        message: `The pressure on ${resource} is ${to}${percent}`,
        since: clock.now(),
        labels: { component: 'allocator', resource },
        ...(utilization === undefined ? {} : { value: utilization }),
        evidence,
      });
    });
  },
});
