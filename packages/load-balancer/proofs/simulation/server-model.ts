/** What is wrong with a server for a time. */
export type Ailment =
  /** Takes `factor` times as long. */
  | { readonly kind: 'slow'; readonly factor: number }
  /** Answers every request with an error after 1 ms. */
  | { readonly kind: 'failing' }
  /** Takes requests and never answers. */
  | { readonly kind: 'hanging' };

export interface Spell {
  readonly server: number;
  readonly ailment: Ailment;
  readonly fromMs: number;
  readonly toMs: number;
}

/* Each works on this many requests at once; others wait in the order of their arrival. */
export const WORKERS = 4;

/** A server with a queue: the truth, of which balancers see only how their own requests went. */
export class ServerModel {
  /** Mean time of a request when all is well. */
  readonly meanMs: number;
  /** Times `meanMs` at present. */
  slowness = 1;
  ailment: Ailment['kind'] | undefined;
  busy = 0;
  /** Sent, and not here yet. */
  underway = 0;
  readonly #queue: number[] = [];
  #head = 0;

  constructor(meanMs: number) {
    this.meanMs = meanMs;
  }

  get waiting(): number {
    return this.#queue.length - this.#head;
  }

  enqueue(request: number): void {
    this.#queue.push(request);
  }

  dequeue(): number {
    const request = this.#queue[this.#head] as number;
    this.#head += 1;
    if (this.#head > 1024 && 2 * this.#head > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return request;
  }

  /** The delay to expect of one more request: its own time and its share of what is before it. */
  expectedMs(seesUnderway: boolean): number {
    return this.expectedMsBehind(this.busy + this.waiting + (seesUnderway ? this.underway : 0));
  }

  /** The same with so many requests before it. */
  expectedMsBehind(before: number): number {
    if (this.ailment !== undefined && this.ailment !== 'slow') return Infinity;
    return this.meanMs * this.slowness * (1 + Math.max(0, before - WORKERS + 1) / WORKERS);
  }
}
