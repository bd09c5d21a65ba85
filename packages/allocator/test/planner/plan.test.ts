import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MODES, type ModeSettings } from '../../src/modes.ts';
import type { AllocationView, ComponentView, Plan } from '../../src/planner/allocation-view.ts';
import { plan } from '../../src/planner/plan.ts';
import type { KnownPressure } from '../../src/pressure/resource-pressure.ts';

const NOW_MS = 1_000_000;

/* Round figures, whatever the modes come to be. */
const SETTINGS: ModeSettings = {
  ...MODES.balanced,
  others: { fair: 0.8, serious: 0.97, critical: 0.99, budget: 0.92 },
};

function component(id: string, traits: Partial<ComponentView> = {}): ComponentView {
  return {
    id,
    priority: 'medium',
    footprint: 'medium',
    isEssential: false,
    canReduce: true,
    canPause: true,
    goal: { kind: 'running' },
    goalResource: undefined,
    isSettled: true,
    isUnresponsive: false,
    wantedUntilMs: 0,
    readyAtMs: 0,
    relievedAtMs: 0,
    effects: new Map([['cpu', 0.1]]),
    ...traits,
  };
}

function pressure(utilization: number, traits: Partial<KnownPressure> = {}): KnownPressure {
  return {
    kind: 'known',
    resource: 'cpu',
    level: utilization >= 0.99 ? 'critical' : utilization >= 0.97 ? 'serious' : 'nominal',
    utilization,
    typicalUtilization: utilization,
    isOpenEnded: true,
    sinceMs: 0,
    evidence: {},
    ...traits,
  };
}

function view(components: readonly ComponentView[], traits: Partial<AllocationView> = {}): AllocationView {
  return {
    components,
    pressures: [pressure(1.2)],
    settings: SETTINGS,
    lastStep: 'none',
    reliefsInARow: 0,
    isStepUnderWay: false,
    steppedAtMs: NOW_MS - 30_000,
    ...traits,
  };
}

const moved = (planned: Plan) => ('moves' in planned ? planned.moves.map(({ id }) => id) : planned.kind);
const paused = { kind: 'paused', by: 'pressure' } as const;
const least = { kind: 'reduced', share: 0.1 } as const;

describe('relief', () => {
  it('takes as many components as the learned effects say, in order, and their shares as far as needed', () => {
    const components = [
      component('high', { priority: 'high' }),
      component('low', { priority: 'low' }),
      component('large', { footprint: 'large' }),
      component('medium'),
    ];
    // 0.18 too much; 0.09 come from each of the first two.
    expect(plan(view(components, { pressures: [pressure(1.1)] }), NOW_MS)).toMatchObject({
      kind: 'relieve',
      resource: 'cpu',
      reason: 'cpu is critical: 110 % used',
      moves: [
        { id: 'low', goal: least },
        { id: 'large', goal: least },
      ],
    });
    expect(plan(view(components, { pressures: [pressure(1.055)] }), NOW_MS)).toMatchObject({
      moves: [
        { id: 'low', goal: least },
        { id: 'large', goal: { kind: 'reduced', share: 0.55 } },
      ],
    });
  });

  it('touches one component when nothing was learned, then two, then four', () => {
    const known = (count: number) =>
      view(
        Array.from({ length: 20 }, (_, index) =>
          component(`c${index}`, {
            effects: new Map(index < count ? [['cpu', 0.01]] : []),
            goal: index < count ? least : { kind: 'running' },
          }),
        ),
      );
    expect([0, 1, 3, 7].map((count) => moved(plan(known(count), NOW_MS)).length)).toEqual([1, 2, 4, 8]);
  });

  it('pauses only what cannot be reduced further, and essential components never', () => {
    const components = [
      component('low', { priority: 'low', goal: least }),
      component('essential', { isEssential: true, priority: 'low' }),
      component('pausable', { canReduce: false }),
    ];
    expect(plan(view(components), NOW_MS)).toMatchObject({
      moves: [
        { id: 'low', goal: paused },
        { id: 'pausable', goal: paused },
      ],
    });
    const given = components.map((each) => (each.isEssential ? each : { ...each, goal: paused }));
    expect(plan(view(given), NOW_MS)).toMatchObject({ moves: [{ id: 'essential', goal: least }] });
    const all = given.map((each) => (each.isEssential ? { ...each, goal: least } : each));
    expect(plan(view(all), NOW_MS)).toEqual({ kind: 'exhausted', resource: 'cpu' });
  });

  it('waits for the effect of the step before, at critical for a shorter time, but not for a restoring one', () => {
    const components = [component('a')];
    const after = (traits: Partial<AllocationView>) => plan(view(components, traits), NOW_MS).kind;
    const relieved = { lastStep: 'relieve', steppedAtMs: NOW_MS - 1500 } as const;
    expect(after(relieved)).toBe('relieve');
    expect(after({ ...relieved, pressures: [pressure(0.98)] })).toBe('hold');
    expect(after({ ...relieved, isStepUnderWay: true })).toBe('hold');
    expect(after({ lastStep: 'restore', steppedAtMs: NOW_MS, isStepUnderWay: true })).toBe('relieve');
  });

  it('takes more with each step in a row where the sensor ends at 1 and cannot tell how much is wanted', () => {
    const components = Array.from({ length: 20 }, (_, index) => component(`c${index}`));
    const capped = (reliefsInARow: number) =>
      plan(view(components, { reliefsInARow, pressures: [pressure(1, { isOpenEnded: false })] }), NOW_MS);
    const shares = [0, 1, 2].map((inARow) => {
      const planned = capped(inARow);
      const goal = 'moves' in planned ? planned.moves[0]?.goal : undefined;
      return goal?.kind === 'reduced' ? goal.share : undefined;
    });
    expect(shares).toEqual([0.9, 0.84, 0.68]);
  });

  it('leaves alone what the application has resumed a moment ago, and what does not respond', () => {
    const components = [
      component('wanted', { wantedUntilMs: NOW_MS + 1 }),
      component('unresponsive', { isUnresponsive: true, isSettled: false }),
      component('other', { priority: 'high' }),
    ];
    expect(moved(plan(view(components), NOW_MS))).toEqual(['other']);
  });
});

describe('restoring', () => {
  const calm = (components: readonly ComponentView[], used: number, traits: Partial<AllocationView> = {}) =>
    plan(view(components, { pressures: [pressure(used)], ...traits }), NOW_MS);

  it('resumes the last to give way first, as many as half of the room takes', () => {
    const components = ['low', 'medium', 'high'].map((priority) =>
      component(priority, {
        priority: priority as ComponentView['priority'],
        goal: paused,
        goalResource: 'cpu',
      }),
    );
    expect(calm(components, 0.5)).toMatchObject({
      kind: 'restore',
      moves: [
        { id: 'high', goal: least },
        { id: 'medium', goal: least },
      ],
    });
    // One may fill all of it, and no one more than that, until it was quiet for a minute.
    expect(moved(calm(components, 0.81))).toEqual(['high']);
    expect(moved(calm(components, 0.85))).toBe('hold');
    expect(moved(calm(components, 0.85, { steppedAtMs: NOW_MS - 60_000 }))).toEqual(['high']);
    expect(moved(calm(components, 0.92, { steppedAtMs: NOW_MS - 60_000 }))).toBe('hold');
  });

  it('raises shares together by half of the room, and lets run who was not lowered for a minute', () => {
    const reduced = { kind: 'reduced', share: 0.5 } as const;
    const components = ['a', 'b'].map((id) => component(id, { goal: reduced, goalResource: 'cpu' }));
    expect(calm(components, 0.82)).toMatchObject({
      moves: [
        { id: 'b', goal: { kind: 'reduced', share: 0.75 } },
        { id: 'a', goal: { kind: 'reduced', share: 0.75 } },
      ],
    });
    expect(calm(components, 0.5)).toMatchObject({
      moves: [{ goal: { kind: 'running' } }, { goal: { kind: 'running' } }],
    });
    const recent = components.map((each) => ({ ...each, relievedAtMs: NOW_MS - 1000 }));
    expect(calm(recent, 0.5)).toMatchObject({
      moves: [{ goal: { kind: 'reduced', share: 0.97 } }, { goal: { kind: 'reduced', share: 0.97 } }],
    });
  });

  it('holds while a back-off lasts, while a resource just became unknown, and what the application paused', () => {
    const resting = component('resting', { goal: paused, readyAtMs: NOW_MS + 1 });
    expect(calm([resting], 0.1).kind).toBe('hold');
    const hidden = component('hidden', { goal: paused, goalResource: 'gpu' });
    const gone = { kind: 'unknown', resource: 'gpu', sinceMs: NOW_MS - 59_999 } as const;
    expect(plan(view([hidden], { pressures: [gone] }), NOW_MS).kind).toBe('hold');
    expect(plan(view([hidden], { pressures: [gone] }), NOW_MS + 1).kind).toBe('restore');
    const byCaller = component('byCaller', { goal: { kind: 'paused', by: 'caller' } });
    expect(calm([byCaller], 0.1).kind).toBe('hold');
  });
});

describe('invariants of one decision', () => {
  const arbitraryComponent = fc.record({
    priority: fc.constantFrom('low', 'medium', 'high'),
    footprint: fc.constantFrom('large', 'medium', 'small'),
    isEssential: fc.boolean(),
    canReduce: fc.boolean(),
    canPause: fc.boolean(),
    isSettled: fc.boolean(),
    isUnresponsive: fc.boolean(),
    gain: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    state: fc.constantFrom('running', 'reduced', 'paused', 'byCaller'),
  });
  const arbitraryView = fc
    .record({
      list: fc.array(arbitraryComponent, { maxLength: 12 }),
      used: fc.double({ min: 0, max: 2, noNaN: true }),
    })
    .map(({ list, used }) =>
      view(
        list.map(({ gain, state, isSettled, isUnresponsive, ...traits }, index) =>
          component(`c${index}`, {
            ...(traits as Partial<ComponentView>),
            isUnresponsive,
            isSettled: isSettled && !isUnresponsive,
            effects: new Map(gain === undefined ? [] : [['cpu', gain]]),
            goal:
              state === 'running'
                ? { kind: 'running' }
                : state === 'reduced'
                  ? { kind: 'reduced', share: 0.4 }
                  : { kind: 'paused', by: state === 'paused' && !traits.isEssential ? 'pressure' : 'caller' },
          }),
        ),
        { pressures: [pressure(used)] },
      ),
    );

  it('never pauses an essential component, nor touches what the application paused', () => {
    fc.assert(
      fc.property(arbitraryView, (given) => {
        const planned = plan(given, NOW_MS);
        if (!('moves' in planned)) return;
        for (const { id, goal } of planned.moves) {
          const before = given.components.find((each) => each.id === id);
          expect(before?.isEssential === true && goal.kind === 'paused').toBe(false);
          expect(before?.goal.kind === 'paused' && before.goal.by === 'caller').toBe(false);
          if (goal.kind === 'reduced') expect(goal.share > 0 && goal.share < 1).toBe(true);
        }
      }),
    );
  });

  it('pauses nothing while something of lower priority would be left untouched', () => {
    const order = ['low', 'medium', 'high'];
    fc.assert(
      fc.property(arbitraryView, (given) => {
        const planned = plan(given, NOW_MS);
        if (planned.kind !== 'relieve') return;
        const touched = new Set(planned.moves.map(({ id }) => id));
        for (const { id, goal } of planned.moves) {
          if (goal.kind !== 'paused') continue;
          const priority = given.components.find((each) => each.id === id)?.priority ?? '';
          const spared = given.components.filter(
            (each) =>
              order.indexOf(each.priority) < order.indexOf(priority) &&
              !touched.has(each.id) &&
              each.goal.kind === 'running' &&
              each.canPause &&
              !each.isEssential &&
              !each.isUnresponsive,
          );
          expect(spared.map((each) => each.id)).toEqual([]);
        }
      }),
    );
  });

  it('decides the same from the same, and changes nothing', () => {
    fc.assert(
      fc.property(arbitraryView, (given) => {
        const before = structuredClone(given);
        expect(plan(given, NOW_MS)).toEqual(plan(given, NOW_MS));
        expect(given).toEqual(before);
      }),
    );
  });
});
