import { type Clock, option, readValue, StateError, UnknownNameError } from '@evenkeel/core';
import { ActiveChecks } from '../health/active-checks.ts';
import type { Picker } from '../picker.ts';
import { Drain } from './drain.ts';
import { Lives } from './lives.ts';
import { Member } from './member.ts';
import { describeMember, explain } from './member-description.ts';
import type { Observation, PickRequest, RosterHooks } from './roster-contract.ts';
import type { RosterSettings } from './roster-settings.ts';
import type { RosterStatistics } from './roster-statistics.ts';
import type { DrainOptions, Server, ServerOptions, ServerState } from './server.ts';
import {
  describeServer,
  INITIAL_SETTINGS,
  isSameAddress,
  readServerOptions,
  type ServerSettings,
} from './server-options.ts';

export type { Observation, PickRequest, RosterHooks } from './roster-contract.ts';

/* More are a mistake, such as an id for each request. */
const MAX_SERVERS = 10_000;

/* An error is to be read by a person. */
const MAX_REASONS = 100;

/**
 * The servers, and what befalls them: says which of them may be chosen, and with what weight.
 */
export class Roster {
  readonly #picker: Picker;
  readonly #settings: RosterSettings;
  readonly #hooks: RosterHooks;
  readonly #clock: Clock;
  readonly #byId = new Map<string, Member>();
  /* Those too that are gone with requests under way. */
  readonly #bySlot: (Member | undefined)[] = [];
  readonly #initial: ServerSettings;
  readonly #lives: Lives;
  readonly #checks: ActiveChecks;

  constructor(picker: Picker, settings: RosterSettings, hooks: RosterHooks) {
    this.#picker = picker;
    this.#settings = settings;
    this.#hooks = hooks;
    this.#clock = hooks.clock;
    this.#initial = { ...INITIAL_SETTINGS, check: settings.healthCheck.check };
    this.#lives = new Lives(picker, this.#byId, this.#bySlot, settings, hooks);
    this.#checks = new ActiveChecks({
      settings: settings.healthCheck,
      clock: hooks.clock,
      random: picker.fleet.random,
      onCheck: (member, status, failure) => {
        this.#lives.checked(member, this.#now(), status, failure);
        this.#tellCapacity();
      },
      onHang: (id, error) => hooks.failed(`check of server ${JSON.stringify(id)}`, error),
    });
  }

  /** Ids in the order in which they were added. */
  ids(): string[] {
    return [...this.#byId.keys()];
  }

  /**
   * A server that is being removed may be added again: it stays, with its requests, and with what was measured where
   * its address is the same.
   *
   * @throws StateError when the id is taken, or there are 10,000 servers; @throws ConfigurationError
   */
  add(id: string, options?: ServerOptions): void {
    readValue('addServer', 'id', id, option.string());
    const known = this.#byId.get(id);
    if (known && !known.drain) throw new StateError(`there is a server ${JSON.stringify(id)} already`);
    const settings = readServerOptions(options, this.#initial);
    if (known) {
      known.drain?.end();
      known.drain = undefined;
      this.#change(known, settings);
      return;
    }
    const { members } = this.#picker.fleet;
    if (members.length >= MAX_SERVERS) throw new StateError(`there are ${MAX_SERVERS} servers already`);
    const nowMs = this.#now();
    const member = new Member(id, this.#picker.add(id, nowMs), settings);
    this.#byId.set(id, member);
    this.#bySlot[member.slot] = member;
    this.#lives.enter(member, nowMs);
    this.#checks.watch(member, this.#byId.size);
    this.#tellCapacity();
  }

  /**
   * Changes what is given and keeps the rest, measurements included, unless the address is another.
   *
   * @throws UnknownNameError; @throws StateError when it is being removed; @throws ConfigurationError
   */
  update(id: string, changes: Partial<ServerOptions>): void {
    const member = this.#find(id);
    if (member.drain) throw new StateError(`server ${JSON.stringify(id)} is being removed`);
    this.#change(member, readServerOptions(changes, member.settings));
  }

  /**
   * Takes no new request for it; resolves when it is gone, with its requests or at the time-out, or was added again.
   * A second call joins the first.
   *
   * Rejects with UnknownNameError or ConfigurationError.
   */
  async remove(id: string, options: DrainOptions = {}): Promise<void> {
    const member = this.#find(id);
    const timeout = option.duration().default(this.#settings.drainTimeout);
    const timeoutMs = readValue('removeServer', 'timeout', options.timeout, timeout);
    if (member.drain) return member.drain.over;
    const drain = new Drain(this.#clock, timeoutMs, () => this.#drop(member));
    member.drain = drain;
    this.#checks.unwatch(member);
    this.#lives.refresh(member, this.#now());
    // Whoever was told may have ended the drain.
    if (member.drain === drain && this.#lives.traffic.inFlight(member.slot) === 0) this.#drop(member);
    return drain.over;
  }

  /** @throws UnknownNameError */
  state(id: string): ServerState {
    const member = this.#find(id);
    this.#now();
    return member.state;
  }

  /** Begins the active checks. */
  start(): void {
    this.#lives.areChecksRunning = true;
    this.#checks.start(this.#byId.values());
  }

  /** Ends them, and waits for those under way; servers that are being removed go at once. */
  async stop(): Promise<void> {
    this.#lives.areChecksRunning = false;
    for (const member of this.#byId.values()) if (member.drain) this.#drop(member);
    await this.#checks.stop(this.#byId.values());
  }

  /**
   * Chooses a server and begins a request there: where `mayTry` (the request can be repeated elsewhere) a server on
   * trial whose turn it is or one whose last request failed, or the strategy's choice. -1 where there is none, and then {@link why} tells more.
   */
  pick(nowMs: number, request: PickRequest): number {
    this.#catchUp(nowMs);
    let slot = this.#lives.assign(nowMs, request);
    if (slot >= 0) this.#picker.start(slot, nowMs);
    else slot = this.#picker.pick(nowMs, request.tried, request.key);
    if (slot >= 0) this.#lives.traffic.taken(slot, nowMs);
    return slot;
  }

  /** The server in a slot that `pick` has given and `release` has not yet been called for. */
  server(slot: number): Server {
    return this.#at(slot).server;
  }

  /** Whether the request in flight there is a trial. */
  isTrial(slot: number): boolean {
    return this.#at(slot).state.kind === 'trial' && !this.#lives.traffic.isPanicking;
  }

  /** How the request went. At most once for a pick, before `release`. Never called where it says nothing of the server. */
  observe(slot: number, nowMs: number, latencyMs: number, observation: Observation): void {
    const member = this.#at(slot);
    const failed = observation.verdict === 'failure';
    this.#picker.observe(slot, nowMs, latencyMs, failed);
    member.requests += 1;
    if (failed) {
      member.failures += 1;
      member.lastFailure = observation.reason;
    } else if (member.isSteady) {
      this.#lives.succeeded(slot, nowMs - latencyMs);
      return;
    }
    this.#lives.observed(member, nowMs, latencyMs, observation);
    this.#tellCapacity();
  }

  /** Exactly once for a pick. */
  release(slot: number, nowMs: number): void {
    this.#picker.release(slot, nowMs);
    const { traffic } = this.#lives;
    if (traffic.inFlight(slot) + 1 < (traffic.limits[slot] as number)) return;
    const member = this.#at(slot);
    this.#lives.released(member, nowMs);
    if (member.state.kind === 'draining' && traffic.inFlight(slot) === 0) this.#drop(member);
    this.#tellCapacity();
  }

  /** The server says how busy it is: 0 idle, 1 as busy as it should be. */
  report(slot: number, nowMs: number, load: number): void {
    this.#picker.report(slot, nowMs, load);
  }

  /**
   * Why nothing could be chosen: `full` when a server that gets traffic only had too much to do, and it helps to wait;
   * `none` otherwise, and then why each server could not, of the first 100.
   */
  why(tried: readonly number[]): { kind: 'full' | 'none'; reasons: Readonly<Record<string, string>> } {
    const { traffic, detector } = this.#lives;
    for (const member of this.#byId.values()) {
      const isBusy = traffic.takes(member.state.kind) && traffic.isFull(member);
      if (isBusy && !tried.includes(member.slot)) return { kind: 'full', reasons: {} };
    }
    const now = this.#clock.now();
    const reasons: [string, string][] = [];
    for (const member of this.#byId.values()) {
      if (reasons.length === MAX_REASONS) break;
      const wasTried = tried.includes(member.slot);
      reasons.push([member.id, explain(member, now, wasTried, (detector?.streak(member.slot) ?? 0) > 0)]);
    }
    return { kind: 'none', reasons: Object.fromEntries(reasons) };
  }

  /** What is known of all servers. */
  statistics(nowMs: number): RosterStatistics {
    this.#catchUp(nowMs);
    const { traffic, detector } = this.#lives;
    const members = [...this.#byId.values()];
    const describe = (member: Member) => describeMember(member, nowMs, this.#picker, detector);
    return {
      servers: Object.fromEntries(members.map((member) => [member.id, describe(member)])),
      census: { ...traffic.census },
      panic: traffic.isPanicking,
      abandoned: this.#picker.fleet.members.length - members.length,
    };
  }

  #change(member: Member, settings: ServerSettings): void {
    const nowMs = this.#now();
    const before = member.settings;
    const isSame = isSameAddress(before, settings);
    member.settings = settings;
    member.server = describeServer(member.id, settings);
    this.#lives.traffic.slowStart.reweighted(member.ramp, before.weight, settings.weight);
    if (!isSame || before.check !== settings.check) {
      this.#checks.unwatch(member);
      // A server that did without a check until now is not suspect.
      if (settings.check && member.checkStatus === 'none') member.checkStatus = 'passing';
      if (!settings.check) member.checkStatus = 'none';
    }
    if (isSame) this.#lives.refresh(member, nowMs);
    else this.#lives.renew(member, nowMs);
    this.#lives.traffic.weigh(member, nowMs);
    this.#checks.watch(member, this.#byId.size);
    this.#tellCapacity();
  }

  /** The time, with what is due by now done. */
  #now(): number {
    const nowMs = this.#clock.monotonic();
    this.#catchUp(nowMs);
    return nowMs;
  }

  #catchUp(nowMs: number): void {
    if (nowMs < this.#lives.dueMs) return;
    this.#lives.catchUp(nowMs);
    // Whoever waits may pick at once, and is not to do so in the middle of a pick.
    if (this.#lives.traffic.hasOpened) queueMicrotask(() => this.#tellCapacity());
  }

  #tellCapacity(): void {
    const { traffic } = this.#lives;
    if (!traffic.hasOpened) return;
    traffic.hasOpened = false;
    this.#hooks.capacity();
  }

  /** The server is gone; its slot stays until its requests have ended. */
  #drop(member: Member): void {
    const { id, slot, drain } = member;
    if (this.#byId.get(id) === member) {
      this.#byId.delete(id);
      this.#lives.leave(member);
      drain?.end();
    }
    if (this.#bySlot[slot] !== member || this.#lives.traffic.inFlight(slot) > 0) return;
    this.#bySlot[slot] = undefined;
    this.#picker.remove(slot);
  }

  #find(id: string): Member {
    const member = this.#byId.get(id);
    if (!member) throw new UnknownNameError('server', id, this.#byId.keys());
    return member;
  }

  #at(slot: number): Member {
    const member = this.#bySlot[slot];
    if (!member) throw new RangeError(`there is no server in slot ${slot}`);
    return member;
  }
}
