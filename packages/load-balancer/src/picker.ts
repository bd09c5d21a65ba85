import { option, readOptions } from '@evenkeel/core';
import { Fleet } from './servers/fleet.ts';
import { LOAD_FACTOR } from './strategies/hash.ts';
import { createStrategy, STRATEGIES, type StrategyName } from './strategies/index.ts';
import type { Strategy, Tried } from './strategies/strategy.ts';

export interface PickerOptions {
  /** @defaultValue 'adaptive' */
  readonly strategy?: StrategyName;
  /**
   * With `hash`, a server with this many times its share of the requests in flight is passed over for the key's next
   * choice; 1 or more. @defaultValue 1.25
   */
  readonly loadFactor?: number;
  /** Uniform in [0, 1): breaks ties, so that many balancers don't choose alike. @defaultValue Math.random */
  readonly random?: () => number;
}

/**
 * The choice among servers, and nothing else: no clock, no timers, no names, no health. Servers are slots; times are
 * ms from any start, given by the caller, who reads the clock once for whatever happens at one moment.
 *
 * No server that may be chosen waits longer than 2n picks for traffic where n may be chosen, unless it is known to be
 * much worse than the others, has a weight far below theirs, or the strategy goes by keys or weights alone.
 *
 * @example
 * const picker = new Picker({ strategy: 'adaptive' });
 * picker.setWeight(picker.add('a', 0), 1, 0, true);
 * const slot = picker.pick(0);
 * picker.finish(slot, 12, 12, false);
 */
export class Picker {
  readonly fleet: Fleet;
  readonly strategy: Strategy;
  /* By slot: the count of picks when the server was last picked, or passed over with reason. The count wraps round. */
  #pickedAt = new Int32Array(16);
  #picks = 0;
  #turn = 0;

  /** @throws ConfigurationError */
  constructor(options?: PickerOptions) {
    const { strategy, random, loadFactor } = readOptions('Picker', options, {
      strategy: option.oneOf(STRATEGIES).default('adaptive'),
      random: option.callback<() => number>().default(Math.random),
      loadFactor: option.number({ min: 1 }).default(LOAD_FACTOR),
    });
    this.fleet = new Fleet(random);
    this.strategy = createStrategy(strategy, this.fleet, loadFactor);
  }

  /** Gives the server its slot. It is chosen once it has a weight. */
  add(id: string, nowMs: number): number {
    const slot = this.fleet.add(id);
    if (slot >= this.#pickedAt.length) {
      const pickedAt = new Int32Array(2 * this.#pickedAt.length);
      pickedAt.set(this.#pickedAt);
      this.#pickedAt = pickedAt;
    }
    this.#pickedAt[slot] = this.#picks;
    this.strategy.added(slot, nowMs);
    return slot;
  }

  /** The server's weight must be 0 and nothing in flight there. */
  remove(slot: number): void {
    this.strategy.removed(slot);
    this.fleet.remove(slot);
  }

  /**
   * @param weight 0: is not chosen
   * @param fresh whether the server comes, or comes back: what was measured before is void
   */
  setWeight(slot: number, weight: number, nowMs: number, fresh = false): void {
    if (!this.fleet.setWeight(slot, weight) && !fresh) return;
    this.strategy.reweighted(slot, nowMs, fresh);
  }

  /** Chooses a server and begins a request there: its slot, or -1 where none may be chosen. */
  pick(nowMs: number, tried?: Tried, key?: string): number {
    let slot = this.strategy.mayStarve ? this.#overdue(nowMs, tried) : -1;
    if (slot < 0) slot = this.strategy.pick(nowMs, tried, key);
    if (slot >= 0) this.start(slot, nowMs);
    return slot;
  }

  /** Begins a request on a server that was chosen otherwise. */
  start(slot: number, nowMs: number): void {
    const { inFlight } = this.fleet;
    inFlight[slot] = (inFlight[slot] as number) + 1;
    this.#picks = (this.#picks + 1) | 0;
    this.#pickedAt[slot] = this.#picks;
    this.strategy.started(slot, nowMs);
  }

  /** It is known how a request went; it is still in flight. */
  observe(slot: number, nowMs: number, latencyMs: number, failed: boolean): void {
    this.strategy.observed(slot, nowMs, latencyMs, failed);
  }

  /** The server is rid of the request, of which nothing more is learnt. */
  release(slot: number, nowMs: number): void {
    const { inFlight } = this.fleet;
    inFlight[slot] = (inFlight[slot] as number) - 1;
    this.strategy.released(slot, nowMs);
  }

  /** `observe` and `release`. */
  finish(slot: number, nowMs: number, latencyMs: number, failed: boolean): void {
    this.strategy.observed(slot, nowMs, latencyMs, failed);
    this.release(slot, nowMs);
  }

  /** The server says how busy it is: 0 idle, 1 as busy as it should be. */
  report(slot: number, nowMs: number, load: number): void {
    this.strategy.reported?.(slot, nowMs, load);
  }

  /* Looks at one server in turn: its slot, if as many picks have passed it by as there are servers. */
  #overdue(nowMs: number, tried: Tried | undefined): number {
    const { openSlots } = this.fleet;
    if (openSlots.length === 0) return -1;
    this.#turn = this.#turn + 1 < openSlots.length ? this.#turn + 1 : 0;
    const slot = openSlots[this.#turn] as number;
    if (((this.#picks - (this.#pickedAt[slot] as number)) | 0) < openSlots.length) return -1;
    this.strategy.refresh?.(slot, nowMs);
    if (!tried?.includes(slot) && this.#deserves(slot, nowMs)) return slot;
    this.#pickedAt[slot] = this.#picks;
    return -1;
  }

  #deserves(slot: number, nowMs: number): boolean {
    if (this.strategy.shuns?.(slot, nowMs)) return false;
    // Servers far below the others' weight get less than one request in n as their share.
    const { weight, totalWeight, openSlots, random } = this.fleet;
    const relative = ((weight[slot] as number) * openSlots.length) / totalWeight;
    return relative >= 0.25 || random() < 4 * relative;
  }
}
