import type { LoadBalancer } from '@evenkeel/load-balancer';
import { SupervisedWorker, type WorkerSnapshot } from './supervised-worker.ts';

export interface WorkerFleetOptions {
  readonly balancer: LoadBalancer;
  /** How many workers there are. */
  readonly size: number;
  /** The built `worker.ts`. */
  readonly script: URL;
  /** How long a worker that has died stays dead, the first time. @defaultValue 10 s: long enough to be seen */
  readonly restartDelayMs?: number;
}

/** The processes that do the service's work behind the balancer. */
export class WorkerFleet {
  readonly #workers: readonly SupervisedWorker[];

  constructor({ balancer, size, script, restartDelayMs = 10_000 }: WorkerFleetOptions) {
    this.#workers = Array.from(
      { length: size },
      (_, index) => new SupervisedWorker({ id: `worker-${index + 1}`, balancer, script, restartDelayMs }),
    );
  }

  /** Resolves when all listen; where one does not, ends all and rejects. */
  async start(): Promise<void> {
    try {
      await Promise.all(this.#workers.map((worker) => worker.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends all processes. Idempotent. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  find(id: string): SupervisedWorker | undefined {
    return this.#workers.find((worker) => worker.id === id);
  }

  snapshot(): WorkerSnapshot[] {
    return this.#workers.map((worker) => worker.snapshot());
  }
}
