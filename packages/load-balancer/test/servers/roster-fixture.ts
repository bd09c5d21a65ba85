import { readOptions, VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';
import { Picker } from '../../src/picker.ts';
import { Roster } from '../../src/servers/roster.ts';
import { ROSTER_FIELDS, type RosterOptions } from '../../src/servers/roster-settings.ts';
import type { Server, ServerState } from '../../src/servers/server.ts';
import type { StrategyName } from '../../src/strategies/index.ts';

/** How a server of the tests behaves; `latencyMs` is how long it takes to do so. */
export type Behaviour = { readonly latencyMs: number; readonly failure?: string; readonly sent?: boolean };

export const WELL: Behaviour = { latencyMs: 10 };
export const KILLED: Behaviour = { latencyMs: 1, failure: 'ECONNREFUSED', sent: false };
export const RESETTING: Behaviour = { latencyMs: 3, failure: 'ECONNRESET' };
/** With callers that wait for 300 ms. */
export const HUNG: Behaviour = { latencyMs: 300, failure: 'TIMEOUT' };

/** A roster in virtual time, with what it has told. */
export class RosterFixture {
  readonly clock = new VirtualClock(1_000_000);
  readonly picker: Picker;
  readonly roster: Roster;
  readonly random: () => number;
  /** `time id: from > to` of each change. */
  readonly changes: string[] = [];
  /** `time on|off healthy/servers`. */
  readonly panics: string[] = [];
  readonly failures: string[] = [];
  capacityCalls = 0;
  onChange: (id: string, to: ServerState) => void = () => {};

  constructor(options: RosterOptions = {}, strategy: StrategyName = 'adaptive', seed = 1) {
    const settings = readOptions('RosterFixture', options, ROSTER_FIELDS);
    this.random = seededRandom(seed);
    this.picker = new Picker({ strategy, random: this.random });
    this.roster = new Roster(this.picker, settings, {
      clock: this.clock,
      changed: (id, from, to) => {
        this.changes.push(`${this.now} ${id}: ${from.kind} > ${to.kind}`);
        this.onChange(id, to);
      },
      panicked: (active, healthy, servers) => {
        this.panics.push(`${this.now} ${active ? 'on' : 'off'} ${healthy}/${servers}`);
      },
      capacity: () => {
        this.capacityCalls += 1;
      },
      failed: (source, error) => this.failures.push(`${source}: ${String(error)}`),
    });
  }

  get now(): number {
    return this.clock.monotonic();
  }

  /** Adds servers called `a`, `b` and so on. */
  addServers(count: number): string[] {
    const ids = Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
    for (const id of ids) this.roster.add(id, {});
    return ids;
  }

  kinds(): string {
    return this.roster
      .ids()
      .map((id) => this.roster.state(id).kind)
      .join(' ');
  }

  /** The server of a slot, or `none`. */
  pickId(tried: readonly number[] = [], mayTry = true): string {
    const slot = this.roster.pick(this.now, { tried, mayTry });
    return slot < 0 ? 'none' : this.roster.server(slot).id;
  }

  slotOf(id: string): number {
    const { fleet } = this.picker;
    const slot = fleet.members.find((member) => fleet.idOf(member) === id);
    if (slot === undefined) throw new Error(`no server ${id}`);
    return slot;
  }

  inFlight(id: string): number {
    return this.picker.fleet.inFlight[this.slotOf(id)] ?? 0;
  }

  effectiveWeight(id: string): number {
    return this.picker.fleet.weight[this.slotOf(id)] ?? 0;
  }

  /** The server answers a request that has begun there. */
  finish(slot: number, { latencyMs, failure, sent = true }: Behaviour): void {
    this.roster.observe(
      slot,
      this.now,
      latencyMs,
      failure === undefined ? { verdict: 'success' } : { verdict: 'failure', reason: failure, sent },
    );
    this.roster.release(slot, this.now);
  }

  /** Sends requests on end to a server, whoever would be chosen: each begins there and ends at once. */
  hit(id: string, behaviour: Behaviour, times = 1): void {
    const slot = this.slotOf(id);
    for (let time = 0; time < times; time++) {
      this.picker.start(slot, this.now);
      this.finish(slot, { ...behaviour, latencyMs: 0 });
    }
  }

  /** Makes the fleet one where hardly any request fails. */
  settle(requests = 2000): void {
    for (const id of this.roster.ids()) this.hit(id, WELL, requests / this.roster.ids().length);
  }

  /**
   * Poisson traffic for a time.
   *
   * @returns by id, when requests were sent there
   */
  traffic(
    rps: number,
    durationMs: number,
    behaviourOf: (server: Server) => Behaviour = () => WELL,
  ): Map<string, number[]> {
    const sent = new Map<string, number[]>(this.roster.ids().map((id) => [id, []]));
    const endMs = this.now + durationMs;
    const gapMs = (): number => (-Math.log(1 - this.random()) * 1000) / rps;
    for (let atMs = this.now + gapMs(); atMs < endMs; atMs += gapMs()) {
      this.clock.advance(Math.max(0, atMs - this.now));
      const slot = this.roster.pick(this.now, { mayTry: true });
      if (slot < 0) continue;
      const server = this.roster.server(slot);
      sent.get(server.id)?.push(this.now);
      const behaviour = behaviourOf(server);
      this.clock.setTimeout(() => this.finish(slot, behaviour), behaviour.latencyMs);
    }
    this.clock.advance(Math.max(0, endMs - this.now));
    return sent;
  }
}
