import { type Clock, type Disposer, seededRandom } from '@evenkeel/core';

/** A database by how its service slows down with what is in service, and by the work it is given. */
export interface ServiceMix {
  readonly name: string;
  /** Time in service of work of the size 1 while `inService` are, in ms. */
  serviceMs(inService: number): number;
  /** Size of a piece of work, with a mean of 1. */
  size(random: () => number): number;
}

interface Job {
  readonly endsAt: number;
  readonly done: () => void;
}

/**
 * Serves all that it is given at once, each as fast as the others (processor sharing), at a speed that depends on how
 * many there are.
 */
export class SimulatedDatabase {
  readonly #clock: Clock;
  readonly #mix: ServiceMix;
  readonly #random: () => number;
  /* By when they end, in work done for each since the beginning. */
  readonly #jobs: Job[] = [];
  #work = 0;
  #atMs: number;
  #cancel: Disposer = () => {};

  constructor(clock: Clock, mix: ServiceMix, seed: number) {
    this.#clock = clock;
    this.#mix = mix;
    this.#random = seededRandom(seed);
    this.#atMs = clock.monotonic();
  }

  get size() {
    return this.#jobs.length;
  }
  serve(): Promise<void> {
    this.#advance();
    return new Promise((done) => {
      const job: Job = { endsAt: this.#work + this.#mix.size(this.#random), done };
      const at = this.#jobs.findIndex(({ endsAt }) => endsAt > job.endsAt);
      this.#jobs.splice(at < 0 ? this.#jobs.length : at, 0, job);
      this.#schedule();
    });
  }

  #advance(): void {
    const nowMs = this.#clock.monotonic();
    if (this.#jobs.length > 0) this.#work += (nowMs - this.#atMs) / this.#mix.serviceMs(this.#jobs.length);
    this.#atMs = nowMs;
  }

  #schedule(): void {
    this.#cancel();
    const [first] = this.#jobs;
    if (!first) return;
    const delayMs = (first.endsAt - this.#work) * this.#mix.serviceMs(this.#jobs.length);
    this.#cancel = this.#clock.setTimeout(() => this.#finish(first), Math.max(0, delayMs));
  }

  #finish(job: Job): void {
    this.#advance();
    this.#jobs.shift();
    this.#work = Math.max(this.#work, job.endsAt);
    this.#schedule();
    job.done();
  }
}
