import { LoadBalancer, type ServerState, STRATEGIES } from '@evenkeel/load-balancer';
import {
  booleanField,
  choiceField,
  durationField,
  integerField,
  numberField,
  section,
} from '../configuration/fields.ts';
import { componentRow } from './row.ts';

const PANIC_ALERT = 'load-balancer-panic';
const share = { min: 0, max: 1 };

export const loadBalancer = componentRow({
  name: 'loadBalancer',
  section: 'loadBalancer',
  schema: section('How requests are spread over servers.', {
    strategy: choiceField('How a server is chosen.', STRATEGIES, 'adaptive'),
    timeout: durationField('Time for each try of a request; the deadline, where that is shorter.', '10s', {
      min: 1,
    }),
    deadline: durationField('Time for all of a request, waiting included.', '30s', { min: 1 }),
    retries: integerField('Most tries beyond the first, each on another server.', 2, { min: 0, max: 10 }),
    retryBudget: numberField('Most tries beyond the first ones, to requests.', 0.1, share),
    throttle: booleanField('Refuse a part of the requests while the servers fail most of them.', true),
    queueLimit: integerField('Most requests that wait while all servers are full.', 1000, { min: 0 }),
    slowStart: durationField('How long the share of a server grows that comes, or comes back.', '10s'),
    drainTimeout: durationField('How long the requests of a server that is removed may take.', '30s'),
    panicThreshold: numberField('Where less than this share is healthy, all get traffic.', 0.5, share),
    healthCheck: section('How servers are asked that have a check.', {
      interval: durationField('Time from one check of a server to the next.', '5s', { min: 10 }),
      timeout: durationField('How long a check may take.', '2s', { min: 1 }),
    }),
  }),
  create: ({ config, clock, meter }) => {
    const timeout = Math.min(config.timeout, config.deadline);
    return new LoadBalancer({ ...config, timeout, clock, meter });
  },
  connect: (balancer, { clock, raise, resolve }) => {
    balancer.on('panic', ({ active, healthy, servers }) => {
      if (!active) {
        resolve(PANIC_ALERT);
        return;
      }
      raise({
        id: PANIC_ALERT,
        name: 'load balancer panic',
        severity: 'critical',
        message: `Only ${healthy} of ${servers} servers are healthy, so all get traffic`,
        since: clock.now(),
        labels: { component: 'loadBalancer' },
        value: healthy,
      });
    });
    balancer.on('server_changed', ({ id: server, from, to }) => {
      const id = `load-balancer-server-${server}`;
      if (!isOut(to)) {
        resolve(id);
      } else if (!isOut(from)) {
        raise({
          id,
          name: 'server out',
          severity: 'warning',
          message: `Server ${JSON.stringify(server)} is taken out: ${to.reason}`,
          since: clock.now(),
          labels: { component: 'loadBalancer', server },
        });
      }
    });
  },
});

type OutState = Extract<ServerState, { readonly kind: 'down' | 'ejected' | 'trial' }>;

/** Whether the server's health keeps traffic from it; a trial is not yet the end of that. */
function isOut(state: ServerState): state is OutState {
  return state.kind === 'down' || state.kind === 'ejected' || state.kind === 'trial';
}
