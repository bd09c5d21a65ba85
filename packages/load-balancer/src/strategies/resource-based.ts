import type { Fleet } from '../servers/fleet.ts';
import type { Strategy, Tried } from './strategy.ts';
import { WeightedDraw } from './weighted-draw.ts';

/* So long after a server's last report it counts a third, and the fleet's mean two thirds. */
const STALE_MS = 10_000;
/* Shares follow the reports in about this long: slower than averages of load react, or both would swing. */
const LEARNING_MS = 10_000;
/* One report, however late, changes a share by this power of the load's ratio to the mean at most. */
const MOST_STEP = 0.5;
/* A server's learnt share is between 1/16 and 16 times what its weight says. */
const MOST_SHARE = Math.log(16);
/* Differences of load below this are noise, and loads above this are all the same: far too much. */
const LEAST_LOAD = 0.05;
const MOST_LOAD = 10;
/* What a server has reported. */
interface Reported {
  load: number;
  /* Requests that were in flight there. */
  inFlight: number;
  atMs: number;
  /* The logarithm of what its weight is multiplied by, and until when it has been let drift since. */
  share: number;
  driftedMs: number;
}

/**
 * By what the servers say of their load (`reported`): 0 idle, 1 as busy as the server should be. The server that is
 * less loaded of two drawn at random, where to what was reported comes what was sent since; and how often a server
 * is drawn is learnt: a load above the fleet's mean makes its share of the draws smaller, until all are loaded alike,
 * whatever their sizes.
 *
 * A choice of the least loaded would be made by all balancers alike until the next report, and would overload it;
 * drawing keeps each server below twice its share of the traffic. What was reported long ago, or never, counts as the
 * fleet's mean; without any reports the requests in flight decide alone. Constant time.
 *
 * Reports by servers, and shares that follow them, are also gRPC's (A58, weighted round robin by ORCA) and HAProxy's
 * (agent-check); drawing two: M. Mitzenmacher, "How Useful Is Old Information?" (2000).
 */
export class ResourceBased implements Strategy {
  /* Each is drawn at times; and small ones would be overloaded by more for the sake of getting some. */
  readonly mayStarve = false;
  readonly #fleet: Fleet;
  readonly #draw = new WeightedDraw();
  readonly #reports: (Reported | undefined)[] = [];
  /* Over the servers that have reported: how many, and sums of what they reported. */
  #reporting = 0;
  #load = 0;
  #inFlight = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  added(slot: number): void {
    this.#forget(slot);
  }

  removed(slot: number): void {
    this.#forget(slot);
  }

  reweighted(slot: number, _nowMs: number, fresh: boolean): void {
    if (fresh) this.#forget(slot);
    this.#setDraw(slot);
  }

  pick(nowMs: number, tried: Tried | undefined): number {
    const { random } = this.#fleet;
    const slot = this.#draw.drawExcept(random, tried);
    if (slot === -1) return -1;
    const other = this.#draw.drawExcept(random, tried);
    if (other === slot) return slot;
    return this.#expected(other, nowMs) < this.#expected(slot, nowMs) - LEAST_LOAD ? other : slot;
  }

  started(slot: number, nowMs: number): void {
    const report = this.#reports[slot];
    if (report === undefined || report.share === 0 || nowMs - report.driftedMs < STALE_MS) return;
    report.share *= Math.exp((report.driftedMs - nowMs) / STALE_MS);
    report.driftedMs = nowMs;
    this.#setDraw(slot);
  }

  observed(): void {}

  released(): void {}

  reported(slot: number, nowMs: number, load: number): void {
    if (!(load >= 0)) return;
    const before = this.#reports[slot];
    const report = { load: 0, inFlight: 0, atMs: nowMs - LEARNING_MS, share: 0, driftedMs: nowMs, ...before };
    const sinceMs = nowMs - report.atMs;
    this.#forget(slot);
    report.load = Math.min(load, MOST_LOAD);
    report.inFlight = this.#fleet.inFlight[slot] as number;
    report.atMs = nowMs;
    report.driftedMs = nowMs;
    this.#reports[slot] = report;
    this.#reporting += 1;
    this.#load += report.load;
    this.#inFlight += report.inFlight;
    const ratio = (this.#meanLoad + LEAST_LOAD) / (report.load + LEAST_LOAD);
    const share = report.share + Math.min(sinceMs / LEARNING_MS, MOST_STEP) * Math.log(ratio);
    report.share = Math.min(MOST_SHARE, Math.max(-MOST_SHARE, share));
    this.#setDraw(slot);
  }

  get #meanLoad(): number {
    return this.#reporting === 0 ? 0 : this.#load / this.#reporting;
  }

  /* What one request in flight is in terms of load: a guess, for with others' requests there it is less. */
  get #loadOfRequest(): number {
    return Math.max(this.#meanLoad, LEAST_LOAD) / (1 + (this.#inFlight / this.#reporting || 0));
  }

  #reportedLoad(slot: number, nowMs: number): number {
    return this.#meanLoad + ((this.#reports[slot]?.load ?? 0) - this.#meanLoad) * this.#known(slot, nowMs);
  }

  /* The load as reported, with what was sent since: in proportion to how often the server is drawn, if all is well. */
  #expected(slot: number, nowMs: number): number {
    const { inFlight, weight, open, totalWeight } = this.#fleet;
    const report = this.#reports[slot];
    const perWeight = (this.#loadOfRequest * totalWeight) / (open * (weight[slot] as number));
    const sent = (inFlight[slot] as number) - (report?.inFlight ?? 0) * this.#known(slot, nowMs);
    return this.#reportedLoad(slot, nowMs) + (sent * perWeight) / Math.exp(report?.share ?? 0);
  }

  /* How much the server's last report counts yet, from 1 to 0. */
  #known(slot: number, nowMs: number): number {
    const report = this.#reports[slot];
    return report === undefined ? 0 : Math.exp((report.atMs - nowMs) / STALE_MS);
  }

  #setDraw(slot: number): void {
    const share = this.#reports[slot]?.share ?? 0;
    this.#draw.set(slot, (this.#fleet.weight[slot] as number) * Math.exp(share));
  }

  #forget(slot: number): void {
    const report = this.#reports[slot];
    if (report === undefined) return;
    this.#reports[slot] = undefined;
    this.#reporting -= 1;
    // Rounding errors end with the last report.
    this.#load = this.#reporting === 0 ? 0 : this.#load - report.load;
    this.#inFlight -= report.inFlight;
  }
}
