import { LoadHistory, type LoadHistoryOptions, type RequestTotals } from '../../src/scaling/index.ts';

/** A load that stays for a while, of one replica. */
export interface SteadyLoad {
  readonly arrivedPerSecond?: number;
  readonly completedPerSecond?: number;
  readonly serviceMs?: number;
  readonly limit?: number;
  readonly cpu?: number;
  readonly replicas?: number;
}

export const NO_ADMISSION: RequestTotals = {
  arrived: 0,
  completed: 0,
  rejected: 0,
  serviceMs: 0,
  inFlightMs: 0,
  limit: undefined,
};

/** Reads a load each five seconds, and remembers where it was. */
export class LoadScript {
  readonly history: LoadHistory;
  #timeMs = 0;
  #totals = NO_ADMISSION;

  constructor(options?: LoadHistoryOptions) {
    this.history = new LoadHistory(options);
  }

  /** @param loadAt of each five seconds */
  play(seconds: number, loadAt: SteadyLoad | ((second: number) => SteadyLoad)): this {
    const load = (second: number) => (typeof loadAt === 'function' ? loadAt(second) : loadAt);
    for (let second = 0; second < seconds; second += 5) {
      const now = load(second);
      if (this.#timeMs === 0) this.#read(now);
      this.#timeMs += 5000;
      const { arrivedPerSecond: arrived = 0, completedPerSecond: completed = arrived, serviceMs = 0 } = now;
      this.#totals = {
        ...this.#totals,
        arrived: this.#totals.arrived + 5 * arrived,
        completed: this.#totals.completed + 5 * completed,
        rejected: this.#totals.rejected + 5 * (arrived - completed),
        serviceMs: this.#totals.serviceMs + 5 * completed * serviceMs,
        inFlightMs: this.#totals.inFlightMs + 5 * completed * serviceMs,
        limit: now.limit,
      };
      this.#read(now);
    }
    return this;
  }

  #read({ arrivedPerSecond, cpu, replicas = 1 }: SteadyLoad): void {
    this.history.add(
      {
        timeMs: this.#timeMs,
        admission: arrivedPerSecond === undefined ? undefined : this.#totals,
        cpu: cpu === undefined ? undefined : { utilization: cpu, evidence: {} },
      },
      replicas,
    );
  }
}
