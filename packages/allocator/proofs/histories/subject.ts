import type { ComponentOptions } from '@evenkeel/allocator';
import type { VirtualClock } from '@evenkeel/core';

/** How the callbacks of a component behave. */
const TEMPERS = ['healthy', 'slow', 'flaky', 'hanging'] as const;
type Temper = (typeof TEMPERS)[number];

/** A component of a history: it keeps what its callbacks have done to it, and breaks as it is told to. */
export class Subject {
  readonly id: string;
  readonly traits: Required<Pick<ComponentOptions, 'cpuPriority' | 'memoryFootprint' | 'isEssential'>>;
  readonly canReduce: boolean;
  readonly canPause: boolean;
  readonly temper: Temper;
  /** What it costs of each resource when it does all of its work. */
  readonly costs: Readonly<Record<string, number>>;
  isPaused = false;
  share = 1;
  /** Pause callbacks that were called. */
  pauses = 0;
  /** From then on its callbacks work; only those that hang for ever stay so. */
  isMended = false;
  readonly #clock: VirtualClock;
  readonly #random: () => number;

  constructor(id: string, clock: VirtualClock, random: () => number) {
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    this.id = id;
    this.#clock = clock;
    this.#random = random;
    this.traits = {
      cpuPriority: pick(['low', 'medium', 'high']),
      memoryFootprint: pick(['large', 'medium', 'small']),
      isEssential: random() < 0.2,
    };
    this.canReduce = random() < 0.5;
    this.canPause = !this.canReduce || random() < 0.8;
    this.temper = random() < 0.6 ? 'healthy' : pick(TEMPERS);
    this.costs = { cpu: 0.3 * random(), memory: 0.2 * random() };
  }

  options(): ComponentOptions {
    return {
      ...this.traits,
      pauseCallback: this.canPause
        ? () => {
            this.pauses += 1;
            return this.#act(() => {
              this.isPaused = true;
            });
          }
        : undefined,
      resumeCallback: this.canPause
        ? () =>
            this.#act(() => {
              this.isPaused = false;
              this.share = 1;
            })
        : undefined,
      reduceResourcesCallback: this.canReduce
        ? ({ share }) =>
            this.#act(() => {
              this.share = share;
            })
        : undefined,
    };
  }

  costOf(resource: string): number {
    return this.isPaused ? 0 : this.share * (this.costs[resource] ?? 0);
  }

  #act(take: () => void): unknown {
    if (this.temper === 'hanging') return new Promise(() => {});
    const delayMs = this.temper === 'healthy' ? 0 : 3000 * this.#random();
    if (this.temper === 'flaky' && !this.isMended && this.#random() < 0.6) return this.#fail(take);
    if (delayMs === 0) return take();
    return this.#later(delayMs, take);
  }

  /** In one of the ways in which callbacks fail, with and without having done their work. */
  #fail(take: () => void): unknown {
    const way = Math.floor(this.#random() * 5);
    if (way < 3 && this.#random() < 0.5) take();
    if (way === 0) throw new Error('it threw');
    if (way === 1) return Promise.reject(new Error('it rejected'));
    if (way === 2) return false;
    // Long after its time is up.
    if (way === 3) return this.#later(20_000 * this.#random(), take);
    return this.#later(20_000 * this.#random(), () => {
      throw new Error('it rejected late');
    });
  }

  #later(delayMs: number, take: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#clock.setTimeout(() => {
        try {
          take();
          resolve();
        } catch (thrown) {
          reject(thrown);
        }
      }, delayMs);
    });
  }
}
