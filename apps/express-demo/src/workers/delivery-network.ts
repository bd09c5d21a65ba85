/** What a road between two depots is like. */
export interface Road {
  readonly km: number;
  readonly isMotorway: boolean;
}

/** The way of a parcel from a warehouse, from depot to depot. */
export interface Route {
  readonly warehouse: string;
  readonly roads: readonly Road[];
}

/** What a road costs, above 0: the route is where the sum is least. */
export type RoadCost = (road: Road) => number;

/* The country is a square of so many depots a side, each with roads to its neighbours. */
const SIDE = 40;
const DEPOTS = SIDE * SIDE;
const DIRECTIONS = [1, -1, SIDE, -SIDE] as const;

/* There is a motorway along every sixth row and column. */
const MOTORWAY_EVERY = 6;
/* By depot. */
const WAREHOUSES = new Map([
  [DEPOTS / 4 + 7, 'north'],
  [(3 * DEPOTS) / 4 + 31, 'south'],
]);

/** Made once, and the same in every process. */
const ROADS: readonly (readonly { readonly to: number; readonly road: Road }[])[] = Array.from(
  { length: DEPOTS },
  (_, depot) =>
    DIRECTIONS.filter((step) => isOnMap(depot, step)).map((step) => {
      const to = depot + step;
      const isAlongRow = Math.abs(step) === 1;
      const line = isAlongRow ? Math.floor(depot / SIDE) : depot % SIDE;
      // Spread by a prime, and the same both ways.
      const km = 6 + ((Math.min(depot, to) * 7919 + (isAlongRow ? 3 : 0)) % 9);
      return { to, road: { km, isMotorway: line % MOTORWAY_EVERY === 0 } };
    }),
);

/**
 * The cheapest route from any warehouse to the depot of a postcode, by Dijkstra's algorithm.
 *
 * @param postcode five digits: the first two are how far south, the others how far east
 */
export function findRoute(postcode: string, costOf: RoadCost): Route {
  const target = depotOf(postcode);
  const cost = new Float64Array(DEPOTS).fill(Number.POSITIVE_INFINITY);
  const before = new Int32Array(DEPOTS).fill(-1);
  const queue = new CostQueue();
  for (const warehouse of WAREHOUSES.keys()) {
    cost[warehouse] = 0;
    queue.push(warehouse, 0);
  }
  for (let next = queue.pop(); next && next.depot !== target; next = queue.pop()) {
    const { depot, at } = next;
    // A cheaper way there was found after this one was put down.
    if (at > (cost[depot] ?? 0)) continue;
    for (const { to, road } of ROADS[depot] ?? []) {
      const sum = at + costOf(road);
      if (sum >= (cost[to] ?? 0)) continue;
      cost[to] = sum;
      before[to] = depot;
      queue.push(to, sum);
    }
  }
  return traceBack(target, before);
}

/** @param before by depot, the one before it on the cheapest way there */
function traceBack(target: number, before: Int32Array): Route {
  const roads: Road[] = [];
  let depot = target;
  for (let from = before[depot] ?? -1; from >= 0; from = before[depot] ?? -1) {
    const way = ROADS[from]?.find(({ to }) => to === depot);
    if (way) roads.unshift(way.road);
    depot = from;
  }
  return { warehouse: WAREHOUSES.get(depot) ?? '', roads };
}

function depotOf(postcode: string): number {
  const number = Number(postcode);
  const row = Math.floor((Math.floor(number / 1000) * SIDE) / 100);
  const column = Math.floor(((number % 1000) * SIDE) / 1000);
  return row * SIDE + column;
}

function isOnMap(depot: number, step: number): boolean {
  const to = depot + step;
  const staysInRow = Math.floor(to / SIDE) === Math.floor(depot / SIDE);
  return to >= 0 && to < DEPOTS && (Math.abs(step) !== 1 || staysInRow);
}

interface Entry {
  readonly depot: number;
  /** What it costs to get there. */
  readonly at: number;
}

/** A binary heap: gives the cheapest first. */
class CostQueue {
  readonly #entries: Entry[] = [];

  push(depot: number, at: number): void {
    const entries = this.#entries;
    const entry = { depot, at };
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (!above || above.at <= at) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  pop(): Entry | undefined {
    const entries = this.#entries;
    const [cheapest] = entries;
    const last = entries.pop();
    if (!last || entries.length === 0) return cheapest;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = entries[child + 1];
      let below = entries[child];
      if (right && below && right.at < below.at) {
        below = right;
        child += 1;
      }
      if (!below || below.at >= last.at) break;
      entries[index] = below;
      index = child;
    }
    entries[index] = last;
    return cheapest;
  }
}
