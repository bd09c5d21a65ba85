import { seededRandom } from '@evenkeel/core/statistics';
import { describe, expect, it } from 'vitest';
import { LearnedEffects } from '../../src/planner/learned-effects.ts';

const cpu = (utilization: number) => new Map([['cpu', utilization]]);

describe('LearnedEffects', () => {
  it('takes a first measurement for what it is, and a second component for much like the first', () => {
    const effects = new LearnedEffects();
    effects.learn(new Map([['a', -0.5]]), cpu(1.2), cpu(1.1));
    expect(effects.of('a').get('cpu')).toBeCloseTo(0.2, 2);
    expect(effects.of('b')).toEqual(new Map());
    effects.learn(new Map([['b', -1]]), cpu(1.1), cpu(0.9));
    expect(effects.of('b').get('cpu')).toBeCloseTo(0.2, 2);
    effects.forget('b');
    expect(effects.of('b')).toEqual(new Map());
  });

  it('finds the costs of many components in noise, from steps that change several at once', () => {
    const random = seededRandom(1);
    const effects = new LearnedEffects();
    const costs = new Map(Array.from({ length: 10 }, (_, index) => [`c${index}`, 0.02 + 0.01 * index]));
    for (let step = 0; step < 2000; step++) {
      const changes = new Map(
        [...costs.keys()].filter(() => random() < 0.4).map((id) => [id, random() * 2 - 1]),
      );
      const change = [...changes].reduce((sum, [id, by]) => sum + by * (costs.get(id) ?? 0), 0);
      // Now and then a burst of something else.
      const other = random() < 0.05 ? 0.5 : 0.03 * (random() - 0.5);
      effects.learn(changes, cpu(0.9), cpu(0.9 + change + other));
    }
    for (const [id, cost] of costs)
      expect(Math.abs((effects.of(id).get('cpu') ?? 0) - cost)).toBeLessThan(0.03);
  });

  it('never learns a negative cost, nor anything from steps that changed nothing', () => {
    const effects = new LearnedEffects();
    effects.learn(new Map([['a', -1]]), cpu(0.5), cpu(1.5));
    expect(effects.of('a').get('cpu')).toBe(0);
    effects.learn(new Map(), cpu(0.5), cpu(1.5));
    effects.learn(new Map([['b', -1]]), cpu(0.5), new Map());
    expect(effects.of('b')).toEqual(new Map());
  });
});
