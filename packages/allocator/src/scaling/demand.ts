import type { LoadSample } from './load-sample.ts';

/** What the whole load of a moment would have used of one replica, had all of it been served there: 1 is all of it. */
export interface Utilization {
  readonly cpu: number | undefined;
  readonly concurrency: number | undefined;
}

/* With this part of the limit in use, what is in flight takes as long as it does with the limit full. */
const FULL_SHARE = 0.8;

/* A learnt limit leaves room for a queue about as long as what is being served. */
const LIMIT_TO_SERVED = 2;

/* What is served says little of an arrival rate beyond so many times as much. */
const MOST_TIMES_SERVED = 10;

/**
 * What one replica's share of the load, served whole, would use of it.
 *
 * The CPU by the utilisation law: each completion costs U / X of the CPU (service demand law), so arrivals at λ a
 * second need λ U / X. Concurrency by Little's law: N = λ W of them are in flight at once, of the limit. Both from
 * E. Lazowska, J. Zahorjan, G. Graham and K. Sevcik, "Quantitative System Performance" (1984), chapter 3. Arrivals
 * count, not completions: what is rejected is demand too.
 */
export function utilizationOf({ cpu, requests }: LoadSample): Utilization {
  if (!requests) return { cpu, concurrency: undefined };
  const { arrivedPerSecond, completedPerSecond, serviceMs, inFlight, limit } = requests;
  const unserved = completedPerSecond > 0 ? arrivedPerSecond / completedPerSecond : 1;
  const times = Math.min(MOST_TIMES_SERVED, Math.max(1, unserved));
  const offered = cpu === undefined ? undefined : cpu * times;
  if (limit === undefined) return { cpu: offered, concurrency: undefined };
  const isFull = inFlight >= FULL_SHARE * limit;
  const slots = isFull ? limit : limit / LIMIT_TO_SERVED;
  const needed = serviceMs === undefined ? inFlight : (arrivedPerSecond * serviceMs) / 1000;
  const most = MOST_TIMES_SERVED * slots;
  return { cpu: offered, concurrency: Math.min(most, Math.max(needed, isFull ? inFlight : 0)) / slots };
}

/** Replicas that the whole load of a moment would keep busy all the time; `undefined` where nothing was measured. */
export function demandOf(sample: LoadSample): number | undefined {
  const { cpu, concurrency } = utilizationOf(sample);
  if (cpu === undefined && concurrency === undefined) return undefined;
  return sample.replicas * Math.max(cpu ?? 0, concurrency ?? 0);
}
