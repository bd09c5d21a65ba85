import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STRATEGIES, type StrategyName } from '../../src/strategies/index.ts';
import { type Behaviour, HUNG, KILLED, RESETTING, RosterFixture, WELL } from './roster-fixture.ts';

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/* Of some 2,000 requests each. */
const RUNS = 12;

/* As many as end all trials, and as let strategies that go by latency forget what requests took that were held. */
const HEALING_REQUESTS = 500;

/* What a request takes. */
const LATENCY_MS = 10;

/** What may happen, each to a server or a request. */
type Step =
  | { readonly what: 'add' | 'remove' | 'update' | 'move' | 'mend' | 'hold' | 'abort'; readonly at: number }
  | { readonly what: 'break' | 'finish'; readonly at: number; readonly how: Behaviour }
  | { readonly what: 'check'; readonly at: number; readonly passes: boolean }
  | { readonly what: 'traffic'; readonly requests: number; readonly mayTry: boolean }
  | { readonly what: 'wait'; readonly ms: number };

const at = fc.nat({ max: 5 });
const how = fc.constantFrom(WELL, KILLED, RESETTING, HUNG);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constantFrom('add', 'remove', 'update', 'move', 'mend', 'hold', 'abort'), at }),
  fc.record({ what: fc.constantFrom('break', 'finish'), at, how }),
  fc.record({ what: fc.constant('check' as const), at, passes: fc.boolean() }),
  fc.record({ what: fc.constant('traffic' as const), requests: fc.nat({ max: 80 }), mayTry: fc.boolean() }),
  fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1, 400, 2000, 20_000, 70_000) }),
);
const steps = fc.array(step, { minLength: 30, maxLength: 80, size: 'max' });

interface Running {
  readonly slot: number;
  readonly id: string;
  readonly startedMs: number;
}

/** Runs a script, comparing with a plain model of who has how many requests in flight. */
class Script {
  readonly fixture: RosterFixture;
  readonly running: Running[] = [];
  readonly broken = new Map<string, Behaviour>();
  readonly sick = new Set<string>();
  readonly removals: Promise<void>[] = [];

  constructor(strategy: StrategyName, isChecked: boolean) {
    const check = ({ id }: { readonly id: string }): boolean => !this.sick.has(id);
    const healthCheck = isChecked ? { check, interval: '1s' } : {};
    this.fixture = new RosterFixture({ healthCheck, outlierDetection: { baseEjection: '2s' } }, strategy);
  }

  async run(step: Step): Promise<void> {
    const { roster, clock } = this.fixture;
    const id = ('at' in step && IDS[step.at]) || 'a';
    const isKnown = roster.ids().includes(id);
    const isDraining = isKnown && roster.state(id).kind === 'draining';
    if (step.what === 'add' && (!isKnown || isDraining)) roster.add(id, { maxInFlight: 3 });
    else if (step.what === 'remove' && isKnown) this.removals.push(roster.remove(id, { timeout: '1s' }));
    else if (step.what === 'update' && isKnown && !isDraining) roster.update(id, { weight: 1 + step.at });
    else if (step.what === 'move' && isKnown && !isDraining)
      roster.update(id, { port: 81 + this.removals.length });
    else if (step.what === 'break') this.broken.set(id, step.how);
    else if (step.what === 'mend') this.broken.delete(id);
    else if (step.what === 'check') step.passes ? this.sick.delete(id) : this.sick.add(id);
    else if (step.what === 'wait') await clock.advanceAsync(step.ms);
    else if (step.what === 'hold') this.#pick(step.at, true);
    else if (step.what === 'abort') this.#end(step.at, undefined);
    else if (step.what === 'finish') this.#end(step.at, step.how);
    else if (step.what === 'traffic') this.traffic(step.requests, step.mayTry);
  }

  /** Requests one after the other, which servers answer well or not; says who got them. */
  traffic(requests: number, mayTry: boolean): Set<string> {
    const chosen = new Set<string>();
    for (let request = 0; request < requests; request++) {
      const picked = this.#pick(request, mayTry);
      this.fixture.clock.advance(LATENCY_MS);
      if (!picked) continue;
      chosen.add(picked.id);
      this.#end(this.running.indexOf(picked), this.broken.get(picked.id) ?? WELL);
    }
    return chosen;
  }

  #pick(at: number, mayTry: boolean): Running | undefined {
    const { roster, now } = this.fixture;
    const tried = this.running.slice(0, at % 3).map(({ slot }) => slot);
    const slot = roster.pick(now, { tried, mayTry, key: `key ${at}` });
    if (slot < 0) {
      const { kind, reasons } = roster.why(tried);
      expect(kind === 'full' ? [] : Object.keys(reasons)).toEqual(kind === 'full' ? [] : roster.ids());
      return undefined;
    }
    expect(tried).not.toContain(slot);
    const { state } = roster.statistics(now).servers[roster.server(slot).id] ?? {};
    const { panic } = roster.statistics(now);
    expect(panic ? 'up' : state?.kind).toMatch(/^(up|unchecked|trial)$/);
    const running = { slot, id: roster.server(slot).id, startedMs: now };
    this.running.push(running);
    return running;
  }

  #end(at: number, how: Behaviour | undefined): void {
    const request = this.running.splice(at % Math.max(1, this.running.length), 1)[0];
    if (!request) return;
    const { roster, now } = this.fixture;
    expect(roster.server(request.slot).id).toBe(request.id);
    if (how) {
      this.fixture.finish(request.slot, { ...how, latencyMs: now - request.startedMs });
    } else {
      roster.release(request.slot, now);
    }
  }

  /** What must hold at any time. */
  verify(): void {
    const { roster, picker, now } = this.fixture;
    const { servers, census, panic } = roster.statistics(now);
    const inFlight = picker.fleet.members.map((slot) => picker.fleet.inFlight[slot] ?? 0);
    expect(Math.min(0, ...inFlight)).toBe(0);
    expect(inFlight.reduce((sum, count) => sum + count, 0)).toBe(this.running.length);
    const kinds = Object.values(servers).map(({ state }) => state.kind);
    for (const [kind, count] of Object.entries(census)) {
      expect({ kind, count: kinds.filter((each) => each === kind).length }).toEqual({ kind, count });
    }
    const isOpening = Object.values(servers).some(
      (s) => s.state.kind === 'unchecked' && s.effectiveWeight > 0,
    );
    for (const { state, weight, effectiveWeight, inFlight: count } of Object.values(servers)) {
      const takes =
        state.kind !== 'draining' &&
        (panic || state.kind === 'up' || (state.kind === 'unchecked' && isOpening));
      if (takes && count < 3) expect(effectiveWeight).toBeGreaterThan(0);
      else expect(effectiveWeight).toBe(0);
      expect(effectiveWeight).toBeLessThanOrEqual(weight);
    }
  }

  /** All servers are well again, their times are over, and so are the trials and the slow starts after them. */
  async heal(): Promise<void> {
    this.sick.clear();
    this.broken.clear();
    while (this.running.length > 0) this.#end(0, undefined);
    await this.fixture.clock.advanceAsync(70_000);
    this.traffic(HEALING_REQUESTS, true);
    await this.fixture.clock.advanceAsync(70_000);
  }
}

describe('Roster: any history', () => {
  for (const strategy of STRATEGIES) {
    it(`keeps its counts, weights and promises, and forgets no server (${strategy})`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, fc.boolean(), async (history, isChecked) => {
          const script = new Script(strategy, isChecked);
          const { roster } = script.fixture;
          for (const id of IDS.slice(0, 4)) roster.add(id, { maxInFlight: 3 });
          if (isChecked) roster.start();
          for (const step of history) {
            await script.run(step);
            script.verify();
          }
          await script.heal();
          script.verify();
          if (strategy !== 'hash') {
            // It draws at random; the others have each server's turn come within 2n picks.
            expectTrafficForAll(script, strategy === 'resource-based' ? 50 : 2);
          }
          await roster.stop();
          await Promise.all(script.removals);
          expect(script.fixture.clock.pending).toBe(0);
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });
  }
});

/** Each server is chosen; strategies that compare servers may turn away from one they know is worse. */
function expectTrafficForAll(script: Script, picksPerServer: number): void {
  const { fixture } = script;
  const ids = fixture.roster.ids();
  for (const id of ids) fixture.roster.update(id, { weight: 1 });
  const chosen = script.traffic(picksPerServer * ids.length, true);
  const { strategy } = fixture.picker;
  const passedOver = ids.filter(
    (id) => !chosen.has(id) && !strategy.shuns?.(fixture.slotOf(id), fixture.now),
  );
  expect(passedOver).toEqual([]);
}
