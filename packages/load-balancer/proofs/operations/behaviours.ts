import type { VirtualClock } from '@evenkeel/core';
import type { Attempt } from '../../src/execution/attempt.ts';

/** What the function of a request may do; all of it has to be borne. */
export interface World {
  readonly clock: VirtualClock;
  readonly random: () => number;
  /** Timers of the functions themselves, which are not the balancer's. */
  readonly timers: { pending: number };
  /** Does something to the balancer, in the middle of whatever it is at. */
  interfere(): void;
}

export type Behaviour = (world: World, attempt: Attempt) => unknown;

/** After so long at most what is done is done, unless it never is. */
export const LONGEST_MS = 4000;

export const BEHAVIOURS: readonly Behaviour[] = [
  // Succeed, as most do.
  (world) => after(world, 100, () => 'value'),
  (world) => after(world, 1000, () => 'value'),
  () => 'a value that is no promise',
  // Fail, at once and later, having sent the request or not.
  (world) => after(world, 50, () => fail('failed')),
  () => fail('thrown'),
  () => fail('refused', 'ECONNREFUSED'),
  (world) => after(world, 20, () => fail('refused', 'ECONNREFUSED')),
  () => Promise.reject(undefined),
  // Hang: for ever, until the signal fires, for longer than anybody waits.
  () => new Promise(() => {}),
  (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  (world) => after(world, LONGEST_MS, () => 'late'),
  (world) => after(world, LONGEST_MS, () => fail('late')),
  // Hold the server beyond their end: for a while, for ever, in vain, twice.
  (world, { holdUntil }) => {
    holdUntil(after(world, 500, () => undefined));
    return after(world, 10, () => 'a body follows');
  },
  (_, { holdUntil }) => {
    holdUntil(new Promise(() => {}));
    return 'a body that never ends';
  },
  (world, { holdUntil }) => {
    holdUntil(after(world, 300, () => fail('the body broke')));
    holdUntil(Promise.resolve());
    return fail('after the head');
  },
  (world, { holdUntil }) => after(world, 10, () => holdUntil('no promise' as never)),
  // Settle more than once, and in strange ways.
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make, and a bad one
    then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
      resolve('first');
      reject(new Error('second'));
      resolve('third');
    },
  }),
  () => ({
    // biome-ignore lint/suspicious/noThenProperty: a promise of another make, and a worse one
    get then(): unknown {
      throw new Error('no then');
    },
  }),
  // Say how busy the server is, and what is no load at all.
  (world, { reportLoad }) => {
    reportLoad(world.random());
    reportLoad(Number.NaN);
    reportLoad('much' as never);
    return after(world, 30, () => reportLoad(2 * world.random()));
  },
  // Call back into the balancer before and after they wait.
  (world) => {
    world.interfere();
    return after(world, 60, () => world.interfere());
  },
];

function after(world: World, mostMs: number, then: () => unknown): Promise<unknown> {
  world.timers.pending += 1;
  return new Promise((resolve, reject) => {
    world.clock.setTimeout(() => {
      world.timers.pending -= 1;
      try {
        resolve(then());
      } catch (error) {
        reject(error);
      }
    }, mostMs * world.random());
  });
}

function fail(message: string, code?: string): never {
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}
