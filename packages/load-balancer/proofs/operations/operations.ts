import { getEventListeners } from 'node:events';
import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import type { RequestOptions } from '../../src/execution/request-options.ts';
import { LoadBalancer } from '../../src/load-balancer.ts';
import type { LoadBalancerOptions } from '../../src/load-balancer-options.ts';
import { STRATEGIES } from '../../src/strategies/index.ts';
import { BEHAVIOURS, LONGEST_MS, type World } from './behaviours.ts';

/* Few ids, so that they come again while the one before is still on its way out. */
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const DEADLINE_MS = 3000;

/* Sources of errors that the functions, checks and judges here give cause for. */
const EXPECTED_ERRORS = /^(judge|load report of server|check of server)/;

export interface OperationsResult {
  readonly operations: number;
  readonly requests: number;
  readonly tries: number;
  readonly broken: readonly string[];
}

/** So many operations in random order, with all that may go wrong; says which rules were broken. */
export async function playOperations(seed: number, operations: number): Promise<OperationsResult> {
  const clock = new VirtualClock(1_000_000);
  const random = seededRandom(seed);
  const chance = (part: number) => random() < part;
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const broken: string[] = [];
  const demand = (holds: boolean, rule: string) => {
    if (!holds && broken.length < 10) broken.push(`${rule}, at ${clock.monotonic()} ms`);
  };
  const ill = new Set<string>();
  const options = drawOptions(random, pick, chance, ill);
  const balancer = new LoadBalancer({ ...options, clock, random });
  const { queueLimit = 1000 } = options;

  const timers = { pending: 0 };
  const controllers: AbortController[] = [];
  /* How often a server of that id has come: one that comes again may be tried again. */
  const comings = new Map<string, number>();
  let arrived = 0;
  let answered = 0;
  /* Calls that were made and have not settled. */
  let unsettled = 0;
  let depth = 0;

  const execute = (): void => {
    const controller = chance(0.3) ? new AbortController() : undefined;
    if (controller) controllers.push(controller);
    if (controller && chance(0.1)) controller.abort(new Error('aborted before'));
    const plan: RequestOptions = {
      idempotent: chance(0.6),
      retries: chance(0.5) ? Math.floor(4 * random()) : undefined,
      timeout: chance(0.5) ? 1 + 499 * random() : undefined,
      deadline: chance(0.3) ? 500 + 2000 * random() : undefined,
      key: chance(0.3) ? pick(['x', 'y', 'z']) : undefined,
      hedge: chance(0.2) ? false : undefined,
      signal: controller?.signal,
      judge: chance(0.1) ? pick(JUDGES) : undefined,
    };
    const usual = pick(BEHAVIOURS);
    const tried = new Set<string>();
    let tries = 0;
    arrived += 1;
    balancer
      .executeRequest((server, attempt) => {
        tries += 1;
        unsettled += 1;
        demand(attempt.number === tries, 'tries are numbered in turn');
        demand(tries === 1 || plan.retries !== 0, 'nothing is tried more often than it may be');
        const incarnation = `${server.id} ${comings.get(server.id)}`;
        demand(!tried.has(incarnation), 'no server is tried twice');
        tried.add(incarnation);
        return settling(chance(0.7) ? usual : pick(BEHAVIOURS), attempt);
      }, plan)
      .then(
        () => {
          answered += 1;
        },
        () => {
          answered += 1;
        },
      );
  };
  // The balancer sees what the behaviour gives, in its own strange ways; the count is kept beside it.
  const settling = (
    behaviour: (typeof BEHAVIOURS)[number],
    attempt: Parameters<(typeof BEHAVIOURS)[number]>[1],
  ) => {
    const settled = () => {
      unsettled -= 1;
    };
    let result: unknown;
    try {
      result = behaviour(world, attempt);
    } catch (error) {
      settled();
      throw error;
    }
    const watched = (async () => result)();
    watched.then(settled, settled);
    return result;
  };
  const add = (): void => {
    const id = pick(IDS);
    if (balancer.getStats().servers[id]) return;
    comings.set(id, (comings.get(id) ?? 0) + 1);
    balancer.addServer(id, {
      weight: pick([0.5, 1, 3]),
      ...(chance(0.5) && { maxInFlight: 1 + Math.floor(4 * random()) }),
    });
  };
  const remove = (): void => {
    const id = pick(IDS);
    const known = balancer.getStats().servers[id];
    if (!known) return;
    // It may be added again while it drains, and is another then as far as this is concerned.
    balancer.removeServer(id, { timeout: pick([0, 200, '5s']) }).catch(() => demand(false, 'removing works'));
  };
  const update = (): void => {
    const id = pick(IDS);
    const state = balancer.getStats().servers[id]?.state.kind;
    if (!state || state === 'draining') return;
    balancer.updateServer(id, { weight: pick([0.5, 1, 3]), maxInFlight: pick([1, 2, 5, 1000]) });
  };
  const abort = (): void => pick(controllers)?.abort(new Error('aborted'));
  const flip = (): void => {
    const id = pick(IDS);
    if (!ill.delete(id)) ill.add(id);
  };
  const interfere = (): void => {
    // Interference that leads to interference would never end.
    if (depth > 0) return;
    depth += 1;
    pick([execute, execute, abort, remove, add, update])();
    depth -= 1;
  };
  const world: World = { clock, random, timers, interfere };
  balancer.on('error', ({ source, error }) =>
    demand(EXPECTED_ERRORS.test(source), `${source}: ${error.message}`),
  );
  for (const type of ['retry', 'server_changed', 'request_failed', 'throttled', 'panic'] as const) {
    if (chance(0.5)) balancer.on(type, () => chance(0.1) && interfere());
  }

  const check = (): void => {
    const stats = balancer.getStats();
    const { requests, inFlight, queued, held, abandoned, servers } = stats;
    const onServers = Object.values(servers).reduce((sum, server) => sum + server.inFlight, 0);
    const ended = sumOf(requests) - requests.arrived;
    demand(requests.arrived === arrived, 'all requests are counted');
    demand(ended === answered, 'all that have an answer are counted by how they ended');
    demand(arrived === ended + inFlight + queued, 'those that have not wait or are tried');
    const running = unsettled - abandoned.count;
    demand(running >= inFlight, 'each request in flight is tried, and what nobody waits for is abandoned');
    demand(running <= 2 * inFlight, 'no request has more than two tries at once');
    if (stats.lingering === 0)
      demand(onServers === running + held, 'servers have what runs and what is held');
    else demand(onServers <= running + held, 'servers have no more than what runs and what is held');
    demand(queued <= queueLimit, 'the queue keeps its limit');
    const isIdle = Object.values(servers).some(({ effectiveWeight }) => effectiveWeight > 0);
    demand(queued === 0 || !isIdle, 'nobody waits while a server could take a request');
    demand(stats.throttleRatio >= 0 && stats.throttleRatio <= 1, 'the throttle is a ratio');
    for (const [path, count] of numbersIn(stats)) demand(count >= 0, `${path} is not negative`);
  };

  if (chance(0.7)) balancer.start();
  for (let server = 0; server < 4; server++) add();
  for (let operation = 0; operation < operations; operation++) {
    const draw = random();
    if (draw < 0.5) execute();
    else if (draw < 0.56) abort();
    else if (draw < 0.6) add();
    else if (draw < 0.63) remove();
    else if (draw < 0.66) update();
    else if (draw < 0.68) flip();
    else {
      await clock.advanceAsync(chance(0.1) ? 1000 * random() : 20 * random());
      if (chance(0.3)) check();
    }
    if (controllers.length > 50) controllers.shift();
  }

  let isStopped = false;
  balancer.stop().then(() => {
    isStopped = true;
  });
  // Beyond the deadline, checks take their time-out to be given up.
  await clock.advanceAsync(DEADLINE_MS + 3000);
  demand(isStopped, 'it stops in time');
  demand(clock.pending === timers.pending, 'no timer is left');
  await clock.advanceAsync(LONGEST_MS);
  check();
  const { inFlight, queued, held, tries, abandoned } = balancer.getStats();
  demand(inFlight === 0 && queued === 0 && held === 0, 'nothing is left');
  demand(abandoned.count === unsettled, 'what never settles is counted, and nothing else');
  demand(answered === arrived, 'every request has an answer');
  const listeners = controllers.reduce(
    (sum, { signal }) => sum + getEventListeners(signal, 'abort').length,
    0,
  );
  demand(listeners === 0, 'no listener is left');
  return { operations, requests: arrived, tries, broken };
}

const JUDGES: readonly NonNullable<RequestOptions['judge']>[] = [
  () => 'ignore',
  () => 'not-sent',
  (outcome) => ('value' in outcome ? 'failure' : 'success'),
  () => 'junk' as never,
  () => {
    throw new Error('a judge that throws');
  },
];

function drawOptions(
  random: () => number,
  pick: <T>(values: readonly T[]) => T,
  chance: (part: number) => boolean,
  ill: ReadonlySet<string>,
): LoadBalancerOptions {
  return {
    strategy: pick(STRATEGIES),
    timeout: 400,
    deadline: DEADLINE_MS,
    retries: 1 + Math.floor(3 * random()),
    retryBudget: pick([0.1, 0.5, 1]),
    throttle: chance(0.3),
    queueLimit: pick([0, 3, 1000]),
    slowStart: pick([0, 1000]),
    panicThreshold: pick([0, 0.5]),
    ...(chance(0.5) && { hedgeQuantile: pick([0.5, 0.9]) }),
    ...(chance(0.3) && { outlierDetection: false }),
    ...(chance(0.5) && {
      healthCheck: {
        interval: 100,
        timeout: 500,
        check: ({ id }) => {
          if (chance(0.02)) return new Promise(() => {});
          return !ill.has(id);
        },
      },
    }),
  };
}

function sumOf(counts: object): number {
  return Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);
}

function* numbersIn(value: unknown, path = 'getStats()'): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [name, each] of Object.entries(value)) yield* numbersIn(each, `${path}.${name}`);
  }
}
