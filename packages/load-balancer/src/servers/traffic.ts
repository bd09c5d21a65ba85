import { isOpening, type Reach, reachOf } from '../health/standing.ts';
import type { Picker } from '../picker.ts';
import type { Member } from './member.ts';
import type { ServerState } from './server.ts';
import { SlowStart } from './slow-start.ts';

/** Says who gets traffic, and how much: turns states into weights. */
export class Traffic {
  readonly census: Record<ServerState['kind'], number> = {
    up: 0,
    unchecked: 0,
    down: 0,
    ejected: 0,
    trial: 0,
    draining: 0,
  };
  readonly slowStart: SlowStart;
  /** By slot: with so many requests in flight no more are sent. 0 for servers without traffic. */
  limits = new Float64Array(16);
  /** Whether a server can be chosen that could not, since somebody set this to false. */
  hasOpened = false;
  readonly #picker: Picker;
  readonly #panicThreshold: number;
  readonly #members: ReadonlyMap<string, Member>;
  #reach: Reach = 'healthy';
  #isOpening = true;

  constructor(
    picker: Picker,
    members: ReadonlyMap<string, Member>,
    settings: { readonly slowStart: number; readonly panicThreshold: number },
  ) {
    this.#picker = picker;
    this.#members = members;
    this.#panicThreshold = settings.panicThreshold;
    this.slowStart = new SlowStart(settings.slowStart);
  }

  /** Whether health is left out of account. */
  get isPanicking(): boolean {
    return this.#reach === 'all';
  }

  /** Servers but for those that drain. */
  get servers(): number {
    const { up, unchecked, down, ejected, trial } = this.census;
    return up + unchecked + down + ejected + trial;
  }

  /** Whether servers in that state get traffic, other than trials. */
  takes(kind: ServerState['kind']): boolean {
    if (this.#reach === 'all') return kind !== 'draining';
    return kind === 'up' || (kind === 'unchecked' && this.#reach === 'unchecked');
  }

  isFull(member: Member): boolean {
    return this.inFlight(member.slot) >= member.settings.maxInFlight;
  }

  inFlight(slot: number): number {
    return this.#picker.fleet.inFlight[slot] ?? 0;
  }

  /** Gives the server the weight of its state. `isFresh` tells that what was measured before is void. */
  weigh(member: Member, nowMs: number, isFresh = false): void {
    const { slot, settings, ramp } = member;
    const takes = this.takes(member.state.kind);
    this.#limit(slot, takes ? settings.maxInFlight : 0);
    const share = this.isPanicking ? 1 : ramp.share;
    const weight = takes && !this.isFull(member) ? settings.weight * share : 0;
    if (weight > 0 && this.#picker.fleet.weight[slot] === 0) this.hasOpened = true;
    this.#picker.setWeight(slot, weight, nowMs, isFresh);
  }

  /** A request has begun there; beside those in flight there may be no room for more. */
  taken(slot: number, nowMs: number): void {
    if (this.inFlight(slot) >= (this.limits[slot] as number)) this.#picker.setWeight(slot, 0, nowMs);
  }

  /**
   * The census has changed: who gets traffic may be others.
   *
   * @returns whether panic has begun or ended
   */
  reconsider(nowMs: number): boolean {
    const before = this.#reach;
    this.#isOpening = isOpening(this.census, this.#isOpening);
    this.#reach = reachOf(this.census, this.#panicThreshold, this.#isOpening);
    if (this.#reach === before) return false;
    for (const member of this.#members.values()) this.weigh(member, nowMs);
    return (this.#reach === 'all') !== (before === 'all');
  }

  #limit(slot: number, limit: number): void {
    if (slot >= this.limits.length) {
      const limits = new Float64Array(Math.max(2 * this.limits.length, slot + 1));
      limits.set(this.limits);
      this.limits = limits;
    }
    this.limits[slot] = limit;
  }
}
