import { nextEjection } from '../health/ejection.ts';
import { OutlierDetector } from '../health/outlier-detector.ts';
import type { OutlierSettings } from '../health/outlier-settings.ts';
import type { CheckStatus } from '../health/server-checker.ts';
import { mayEject } from '../health/standing.ts';
import { Suspects } from '../health/suspects.ts';
import { Trial, Trials } from '../health/trials.ts';
import type { Picker } from '../picker.ts';
import type { Member } from './member.ts';
import type { Observation, PickRequest, RosterHooks } from './roster-contract.ts';
import type { RosterSettings } from './roster-settings.ts';
import type { ServerState } from './server.ts';
import { Traffic } from './traffic.ts';

/* Subtracting times of the clock leaves errors far below this. */
const SAME_TIME_MS = 0.01;

/*
 * With more servers than this part of the fleet under suspicion it is the fleet that is in trouble, and the last thing
 * that it needs is more requests where they fail.
 */
const MOST_SUSPECTS = 0.25;

/* What has fallen due is looked for among all servers, so seldom that it costs a hundredth of a core at most. */
const LOOK_MS_PER_SERVER = 0.001;

/** Moves servers from state to state: by their checks, by how their requests go, and as time passes. */
export class Lives {
  readonly traffic: Traffic;
  readonly detector: OutlierDetector | undefined;
  /** Whether checks run: if not, an ejected server would wait for its check for ever. */
  areChecksRunning = false;
  /** When something changes by itself, monotonic ms. */
  dueMs = Number.POSITIVE_INFINITY;
  readonly #picker: Picker;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #hooks: RosterHooks;
  readonly #outliers: OutlierSettings | undefined;
  readonly #trials = new Trials();
  readonly #suspects = new Suspects();
  readonly #isFull: (slot: number) => boolean;
  readonly #isDoubtful: (slot: number) => boolean;

  constructor(
    picker: Picker,
    members: ReadonlyMap<string, Member>,
    bySlot: readonly (Member | undefined)[],
    settings: RosterSettings,
    hooks: RosterHooks,
  ) {
    this.#picker = picker;
    this.#members = members;
    this.#hooks = hooks;
    this.#outliers = settings.outlierDetection || undefined;
    this.detector = this.#outliers && new OutlierDetector(this.#outliers);
    this.traffic = new Traffic(picker, members, settings);
    this.#isFull = (slot) => {
      const member = bySlot[slot];
      return member === undefined || this.traffic.isFull(member);
    };
    this.#isDoubtful = (slot) => {
      const missing = this.detector?.missing(slot) ?? 0;
      // Those in flight are going to tell, too.
      return this.traffic.inFlight(slot) < missing && (picker.fleet.weight[slot] ?? 0) > 0;
    };
  }

  /** A server has come, and is among the members already. */
  enter(member: Member, nowMs: number): void {
    this.detector?.forget(member.slot);
    this.traffic.census[member.state.kind] += 1;
    if (member.state.kind === 'up') member.state = this.#comeUp(member, nowMs, false);
    this.traffic.weigh(member, nowMs, true);
    this.#settle(member, nowMs);
  }

  /** A server that drains has gone. */
  leave(member: Member): void {
    this.traffic.census[member.state.kind] -= 1;
  }

  /** Puts the server into the state that is due to it by what is known. */
  refresh(member: Member, nowMs: number): void {
    const kind = this.#kindOf(member, nowMs);
    const from = member.state;
    if (kind === from.kind) return;
    const isSteady = kind === 'up' || kind === 'unchecked';
    const took = this.traffic.takes(from.kind);
    if (from.kind === 'up') {
      this.traffic.slowStart.leaves(member.ramp, member.settings.weight);
      member.awaySinceMs = nowMs;
    }
    if (member.isSteady && !isSteady) this.#forget(member);
    if (from.kind === 'trial' && member.trial) this.#trials.remove(member.trial);
    if (isSteady && member.ejection) this.#endEjection(member);
    this.traffic.census[from.kind] -= 1;
    this.traffic.census[kind] += 1;
    member.state = this.#enterState(kind, member, nowMs, took);
    // Who drained has only been away for a moment.
    this.traffic.weigh(member, nowMs, isSteady && !took && from.kind !== 'draining');
    this.#hooks.changed(member.id, from, member.state);
    this.#settle(member, nowMs);
  }

  /** Another machine has the server's id now: what was known is void. */
  renew(member: Member, nowMs: number): void {
    const wasUp = member.state.kind === 'up';
    this.#endEjection(member);
    member.lastEjection = undefined;
    member.checkStatus = member.settings.check ? 'unchecked' : 'none';
    member.awaySinceMs = Number.NEGATIVE_INFINITY;
    this.#forget(member);
    if (wasUp && this.#kindOf(member, nowMs) === 'up') {
      this.traffic.slowStart.leaves(member.ramp, member.settings.weight);
      member.state = this.#comeUp(member, nowMs, false);
      this.#settle(member, nowMs);
    } else {
      this.refresh(member, nowMs);
    }
    this.traffic.weigh(member, nowMs, true);
  }

  /** A check has ended; `failure` tells why it failed. */
  checked(member: Member, nowMs: number, status: CheckStatus, failure: string | undefined): void {
    member.checkStatus = status;
    if (failure === undefined) member.hasPassedCheckSinceEjection = true;
    else member.checkReason = failure;
    this.refresh(member, nowMs);
  }

  /** How a request went, but for those that went well on a server that gets traffic for being healthy. */
  observed(member: Member, nowMs: number, latencyMs: number, observation: Observation): void {
    const startedMs = nowMs - latencyMs;
    const { trial, state } = member;
    if (trial && (state.kind === 'ejected' || state.kind === 'trial')) {
      if (startedMs >= trial.sinceMs - SAME_TIME_MS) this.#tried(member, trial, nowMs, observation);
    } else if (observation.verdict === 'failure' && startedMs >= member.upSinceMs - SAME_TIME_MS) {
      if (!member.isSteady) return;
      if (!this.detector) return;
      const reason = this.detector.failed(
        member.slot,
        { startedMs, endedMs: nowMs, sent: observation.sent },
        this.#picker.fleet.members,
      );
      this.#suspects.add(member.slot);
      if (reason !== undefined) this.#eject(member, nowMs, `${reason}, the last one: ${observation.reason}`);
    }
  }

  /** The server is rid of a request, and may take another one for that. */
  released(member: Member, nowMs: number): void {
    this.traffic.weigh(member, nowMs);
    if (member.state.kind !== 'trial' || !member.trial) return;
    member.trial.released(nowMs);
    if (member.trial.leasedUntilMs <= nowMs) this.traffic.hasOpened = true;
  }

  /** A request went well on a server that gets traffic for being healthy. */
  succeeded(slot: number, startedMs: number): void {
    this.detector?.succeeded(slot, startedMs);
    if (this.#suspects.size > 0) this.#suspects.delete(slot);
  }

  /** A server that should get the request for what is learnt of it; -1 where there is none. */
  assign(nowMs: number, { tried, key, mayTry }: PickRequest): number {
    if (this.#trials.size === 0 && this.#suspects.size === 0) return -1;
    // In panic all get traffic.
    if (this.traffic.isPanicking) return -1;
    const slot = this.#trials.lease(nowMs, tried, mayTry, this.#isFull);
    if (slot >= 0 || !mayTry) return slot;
    // Who goes by keys does not turn away from a server, and should not be kept from its own.
    if (key !== undefined && !this.#picker.strategy.mayStarve) return -1;
    const isFleetWell = this.#suspects.size <= Math.max(1, MOST_SUSPECTS * this.#picker.fleet.open);
    return isFleetWell ? this.#suspects.next(tried, this.#isDoubtful) : -1;
  }

  /** Does what has fallen due. */
  catchUp(nowMs: number): void {
    this.dueMs = Number.POSITIVE_INFINITY;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const member of this.#members.values()) {
      if (member.dueMs <= nowMs) this.#fallDue(member, nowMs);
      // What is due still waits for something else.
      if (member.dueMs > nowMs) dueMs = Math.min(dueMs, member.dueMs);
    }
    const restUntilMs = nowMs + LOOK_MS_PER_SERVER * this.#members.size;
    this.dueMs = Math.min(this.dueMs, Math.max(dueMs, restUntilMs));
  }

  #fallDue(member: Member, nowMs: number): void {
    if (member.state.kind === 'up') {
      this.traffic.slowStart.advance(member.ramp, member.settings.weight, nowMs);
      this.traffic.weigh(member, nowMs);
    } else {
      this.refresh(member, nowMs);
    }
  }

  /** After any change: who gets traffic may be others, and the server may have something due. */
  #settle(member: Member, nowMs: number): void {
    const { traffic } = this;
    if (traffic.reconsider(nowMs)) {
      this.#hooks.panicked(traffic.isPanicking, traffic.census.up, traffic.servers);
    }
    if (member.dueMs > nowMs) this.dueMs = Math.min(this.dueMs, member.dueMs);
  }

  #kindOf(member: Member, nowMs: number): ServerState['kind'] {
    const { checkStatus, ejection } = member;
    if (member.drain) return 'draining';
    if (checkStatus === 'failing') return 'down';
    if (ejection) {
      if (nowMs < ejection.untilMs) return 'ejected';
      if (checkStatus === 'none' || !this.areChecksRunning) return 'trial';
      if (!member.hasPassedCheckSinceEjection) return 'ejected';
    }
    return checkStatus === 'unchecked' ? 'unchecked' : 'up';
  }

  #enterState(kind: ServerState['kind'], member: Member, nowMs: number, took: boolean): ServerState {
    const since = this.#hooks.clock.now();
    const { ejection, trial } = member;
    if (kind === 'up') return this.#comeUp(member, nowMs, took);
    if (kind === 'down') return { kind, since, reason: member.checkReason };
    if (kind === 'ejected' && ejection) {
      return { kind, since, until: since + ejection.untilMs - nowMs, reason: ejection.reason };
    }
    if (kind === 'trial' && ejection && trial) {
      trial.begin(nowMs, this.traffic.inFlight(member.slot));
      this.#trials.add(trial);
      return { kind, since, reason: ejection.reason };
    }
    return kind === 'draining' ? { kind, since } : { kind: 'unchecked' };
  }

  /** @param took whether it has got its whole share until now, as in a panic */
  #comeUp(member: Member, nowMs: number, took: boolean): ServerState {
    const { ramp, settings } = member;
    this.traffic.slowStart.comes(ramp, settings.weight, nowMs, nowMs - member.awaySinceMs, !took);
    if (!took) member.upSinceMs = nowMs;
    if (ramp.phase !== 'ramping') return { kind: 'up' };
    return { kind: 'up', rampUntil: this.#hooks.clock.now() + ramp.lengthMs };
  }

  #eject(member: Member, nowMs: number, reason: string): void {
    const outliers = this.#outliers;
    if (!outliers || !mayEject(this.traffic.census, outliers.maxEjected)) return;
    const wellMs = nowMs - member.upSinceMs;
    member.ejection = nextEjection(reason, nowMs, member.lastEjection, wellMs, outliers);
    member.trial = new Trial(member.slot, nowMs);
    member.hasPassedCheckSinceEjection = false;
    member.ejections += 1;
    this.refresh(member, nowMs);
  }

  /** A request went to the server although it is ejected: as a trial, or in a panic. */
  #tried(member: Member, trial: Trial, nowMs: number, observation: Observation): void {
    const hasPassed = trial.observed(nowMs, observation.verdict === 'success');
    if (hasPassed) {
      this.#endEjection(member);
    } else if (observation.verdict === 'failure' && member.state.kind === 'trial' && this.#outliers) {
      const reason = `a trial failed: ${observation.reason}`;
      member.ejection = nextEjection(reason, nowMs, member.ejection, 0, this.#outliers);
      member.ejections += 1;
    }
    this.refresh(member, nowMs);
  }

  #forget({ slot }: Member): void {
    this.detector?.forget(slot);
    this.#suspects.delete(slot);
  }

  #endEjection(member: Member): void {
    member.lastEjection = member.ejection;
    member.ejection = undefined;
  }
}
