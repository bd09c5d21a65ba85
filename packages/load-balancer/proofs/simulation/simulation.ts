import { QuantileSketch, seededRandom } from '@evenkeel/core/statistics';
import type { StrategyName } from '../../src/strategies/index.ts';
import { allKnowing, type Balancing, balancingBy, wellInformed } from './balancing.ts';
import { EventQueue } from './event-queue.ts';
import { ServerModel, type Spell, WORKERS } from './server-model.ts';

export type Subject = StrategyName | 'reference' | 'oracle' | 'informed';

export interface Scenario {
  readonly servers: number;
  /** Each with a balancer of its own that knows of its own requests only. */
  readonly clients: number;
  /** Requests per second as a part of what the servers can do at the worst moment. */
  readonly load: number;
  readonly durationMs: number;
  readonly spells: readonly Spell[];
  /** All servers alike, at 10 ms, rather than of three speeds. */
  readonly homogeneous?: boolean;
  /** A part of the answers, of whatever server, that are errors. */
  readonly errorRate?: number;
  /** The last server comes at this time, five times as slow as it is after `coldForMs`. */
  readonly newcomer?: { readonly atMs: number; readonly coldForMs: number };
}

export interface Outcome {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Time-outs included. */
  readonly errorRatio: number;
  readonly timeouts: number;
  /** By server. */
  readonly sent: readonly number[];
  /** Highest share of the newcomer in 100 ms, relative to a fair one, while it is cold. */
  readonly newcomerPeak: number;
}

/* One way. */
const TRANSIT_MS = 0.5;
/* How fast a failing server is at it. */
const FAILURE_MS = 1;
const CLIENT_TIMEOUT_MS = 1000;
const COLD_FACTOR = 5;
const BUCKET_MS = 100;

const ARRIVAL = 0;
const REACHES_SERVER = 1;
const SERVED = 2;
const REACHES_CLIENT = 3;
const TIMED_OUT = 4;
const SPELL_BEGINS = 5;
const SPELL_ENDS = 6;
const NEWCOMER_JOINS = 7;
const NEWCOMER_WARM = 8;

/** Plays a scenario with one way of balancing, in virtual time; the same for the same seed. */
export function simulate(subject: Subject, scenario: Scenario, seed: number): Outcome {
  const { clients, durationMs, spells, newcomer } = scenario;
  const world = seededRandom(2 * seed + 1);
  const choices = seededRandom(2 * seed + 2);
  const servers = makeServers(scenario);
  const balancers = makeBalancers(subject, scenario, servers, choices);
  const perMs = scenario.load * leastCapacity(scenario, servers);
  const events = new EventQueue();

  // Columns by request.
  const room = Math.ceil(perMs * durationMs * 1.05) + 1000;
  const client = new Uint16Array(room);
  const server = new Uint16Array(room);
  const startedMs = new Float64Array(room);
  /* Answered, or given up by its client. */
  const settled = new Uint8Array(room);
  const failed = new Uint8Array(room);
  let requests = 0;

  const latencies = new QuantileSketch();
  const sent = new Array<number>(servers.length).fill(0);
  let errors = 0;
  let timeouts = 0;
  let bucketEndsMs = 0;
  let inBucket = 0;
  let toNewcomer = 0;
  let newcomerPeak = 0;

  const begin = (request: number, at: ServerModel, nowMs: number): void => {
    at.busy += 1;
    const serviceMs = at.meanMs * at.slowness * Math.exp(gaussian(world) - 0.5);
    events.add(nowMs + serviceMs, SERVED, request);
  };
  const tellLoad = (request: number, nowMs: number): void => {
    const from = server[request] as number;
    const { busy, waiting } = servers[from] as ServerModel;
    balancers[client[request] as number]?.reported?.(from, nowMs, (busy + waiting) / WORKERS);
  };
  const settle = (request: number, nowMs: number, isError: boolean): void => {
    settled[request] = 1;
    const latencyMs = nowMs - (startedMs[request] as number);
    (balancers[client[request] as number] as Balancing).finished(
      server[request] as number,
      nowMs,
      latencyMs,
      isError,
    );
    if (isError) errors += 1;
    if (!isError || latencyMs >= CLIENT_TIMEOUT_MS) latencies.add(latencyMs);
  };

  events.add(0, ARRIVAL, 0);
  for (const [index, { fromMs, toMs }] of spells.entries()) {
    events.add(fromMs, SPELL_BEGINS, index);
    events.add(toMs, SPELL_ENDS, index);
  }
  if (newcomer) {
    events.add(newcomer.atMs, NEWCOMER_JOINS, 0);
    events.add(newcomer.atMs + newcomer.coldForMs, NEWCOMER_WARM, 0);
  }

  while (events.take()) {
    const nowMs = events.time;
    const request = events.subject;
    switch (events.kind) {
      case ARRIVAL: {
        if (nowMs > durationMs || requests === room) break;
        events.add(nowMs - Math.log(1 - world()) / perMs, ARRIVAL, 0);
        const id = requests;
        requests += 1;
        const by = Math.floor(world() * clients);
        const to = (balancers[by] as Balancing).choose(nowMs);
        client[id] = by;
        server[id] = to;
        startedMs[id] = nowMs;
        sent[to] = (sent[to] as number) + 1;
        (servers[to] as ServerModel).underway += 1;
        events.add(nowMs + TRANSIT_MS, REACHES_SERVER, id);
        events.add(nowMs + CLIENT_TIMEOUT_MS, TIMED_OUT, id);
        if (newcomer && nowMs >= newcomer.atMs && nowMs < newcomer.atMs + newcomer.coldForMs) {
          if (nowMs >= bucketEndsMs) {
            newcomerPeak = Math.max(
              newcomerPeak,
              inBucket > 0 ? (toNewcomer * servers.length) / inBucket : 0,
            );
            bucketEndsMs = nowMs + BUCKET_MS;
            inBucket = 0;
            toNewcomer = 0;
          }
          inBucket += 1;
          if (to === servers.length - 1) toNewcomer += 1;
        }
        break;
      }
      case REACHES_SERVER: {
        const at = servers[server[request] as number] as ServerModel;
        at.underway -= 1;
        if (at.ailment === 'failing') {
          failed[request] = 1;
          events.add(nowMs + FAILURE_MS + TRANSIT_MS, REACHES_CLIENT, request);
        } else if (at.ailment !== 'hanging') {
          if (at.busy < WORKERS) begin(request, at, nowMs);
          else at.enqueue(request);
        }
        break;
      }
      case SERVED: {
        const at = servers[server[request] as number] as ServerModel;
        at.busy -= 1;
        if (at.waiting > 0) begin(at.dequeue(), at, nowMs);
        if (scenario.errorRate && world() < scenario.errorRate) failed[request] = 1;
        events.add(nowMs + TRANSIT_MS, REACHES_CLIENT, request);
        break;
      }
      case REACHES_CLIENT:
        if (settled[request] === 1) break;
        tellLoad(request, nowMs);
        settle(request, nowMs, failed[request] === 1);
        break;
      case TIMED_OUT:
        if (settled[request] === 1) break;
        timeouts += 1;
        settle(request, nowMs, true);
        break;
      case SPELL_BEGINS: {
        const { server: index, ailment } = spells[request] as Spell;
        const at = servers[index] as ServerModel;
        at.ailment = ailment.kind;
        if (ailment.kind === 'slow') at.slowness = ailment.factor;
        break;
      }
      case SPELL_ENDS: {
        const at = servers[(spells[request] as Spell).server] as ServerModel;
        at.ailment = undefined;
        at.slowness = 1;
        break;
      }
      case NEWCOMER_JOINS:
        for (const balancing of new Set(balancers)) balancing.join?.(servers.length - 1, nowMs);
        break;
      case NEWCOMER_WARM:
        (servers[servers.length - 1] as ServerModel).slowness = 1;
        break;
      default:
        throw new Error(`unknown event ${events.kind}`);
    }
  }
  return {
    requests,
    p50Ms: latencies.quantile(0.5),
    p99Ms: latencies.quantile(0.99),
    p999Ms: latencies.quantile(0.999),
    errorRatio: errors / requests,
    timeouts,
    sent,
    newcomerPeak,
  };
}

/** Half take 10 ms on the mean, three in ten 15 ms, two in ten 6 ms. */
function makeServers({ servers, homogeneous, newcomer }: Scenario): ServerModel[] {
  const all = Array.from({ length: servers }, (_, index) => {
    const part = (index % 10) / 10;
    return new ServerModel(homogeneous || part < 0.5 ? 10 : part < 0.8 ? 15 : 6);
  });
  if (!newcomer) return all;
  const last = new ServerModel(10);
  last.slowness = COLD_FACTOR;
  return [...all.slice(0, -1), last];
}

/** Requests per ms that the servers are good for when most of them are ill. */
function leastCapacity(
  { spells, newcomer, servers: count }: Scenario,
  servers: readonly ServerModel[],
): number {
  const moments = [0, ...spells.map(({ fromMs }) => fromMs)];
  const at = (ms: number): number =>
    servers.reduce((sum, { meanMs }, index) => {
      if (newcomer && index === count - 1) return sum;
      const spell = spells.find(({ server, fromMs, toMs }) => server === index && fromMs <= ms && ms < toMs);
      if (!spell) return sum + WORKERS / meanMs;
      return spell.ailment.kind === 'slow' ? sum + WORKERS / meanMs / spell.ailment.factor : sum;
    }, 0);
  return Math.min(...moments.map(at));
}

function makeBalancers(
  subject: Subject,
  { servers: count, clients, newcomer }: Scenario,
  servers: readonly ServerModel[],
  random: () => number,
): Balancing[] {
  if (subject === 'reference' || subject === 'oracle') {
    return new Array<Balancing>(clients).fill(allKnowing(servers, random, subject === 'oracle'));
  }
  if (subject === 'informed') return Array.from({ length: clients }, () => wellInformed(servers, random));
  const known = newcomer ? count - 1 : count;
  return Array.from({ length: clients }, () => balancingBy(subject, servers, known, random));
}

/** Standard normal, by Box and Muller. */
function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
