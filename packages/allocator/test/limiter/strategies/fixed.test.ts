import { describe, expect, it } from 'vitest';
import { fixed } from '../../../src/limiter/index.ts';
import { describeStrategy } from './describe-strategy.ts';

describeStrategy('fixed', () => fixed({ limit: 7 }), { min: 7, max: 7 });

describe('fixed', () => {
  it('says which limits it takes', () => {
    expect(() => fixed({ limit: 0 })).toThrow('fixed: limit must be a positive integer, got 0');
    expect(() => fixed({ limit: 2.5 })).toThrow('limit must be a positive integer, got 2.5');
    // @ts-expect-error a misspelt option
    expect(() => fixed({ limits: 2 })).toThrow('did you mean limit?');
  });
});
