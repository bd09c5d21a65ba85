import { LoadBalancer } from '../../src/load-balancer.ts';

const SERVERS = 10;
const CALLS = 100_000;
/* Other processes interfere: the fastest run counts. */
const RUNS = 9;

/** What a request costs in all, in µs: one at a time, and with a thousand others in flight. */
export async function requestCosts(): Promise<(readonly [string, number])[]> {
  const balancer = new LoadBalancer();
  for (let server = 0; server < SERVERS; server++) balancer.addServer(`s${server}`);
  const call = async (): Promise<number> => 1;
  const measures: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the function alone', () => call()],
    ['through a balancer', () => balancer.executeRequest(call)],
    [
      'through a balancer, idempotent, with a key',
      () => balancer.executeRequest(call, { idempotent: true, key: 'k' }),
    ],
    [
      'through a balancer, with the signal of the try',
      () =>
        balancer.executeRequest((_, { signal }) => {
          void signal;
          return call();
        }),
    ],
  ];
  const costs: (readonly [string, number])[] = [];
  for (const [what, run] of measures) costs.push([what, await fastest(() => inTurn(run))]);
  for (const [what, run] of measures.slice(0, 2)) {
    costs.push([`${what}, a thousand at a time`, await fastest(() => together(run))]);
  }
  await balancer.stop();
  return costs;
}

async function fastest(measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) least = Math.min(least, await measure());
  return least;
}

async function inTurn(run: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now();
  for (let call = 0; call < CALLS; call++) await run();
  return (1000 * (performance.now() - begunMs)) / CALLS;
}

async function together(run: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now();
  for (let batch = 0; batch < CALLS / 1000; batch++) {
    await Promise.all(Array.from({ length: 1000 }, run));
  }
  return (1000 * (performance.now() - begunMs)) / CALLS;
}
