import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRoute, type Road } from '../../src/workers/delivery-network.ts';
import { quoteDelivery } from '../../src/workers/delivery-quote.ts';

const postcode = fc.integer({ min: 0, max: 99_999 }).map((number) => String(number).padStart(5, '0'));

describe('findRoute', () => {
  const km = (road: Road): number => road.km;
  const least = (code: string, costOf: (road: Road) => number): number =>
    findRoute(code, costOf).roads.reduce((sum, road) => sum + costOf(road), 0);

  it('finds the way that costs least, whatever the cost is', () => {
    fc.assert(
      fc.property(postcode, (code) => {
        const shortest = least(code, km);
        const anyOther = findRoute(code, ({ isMotorway }) => (isMotorway ? 1 : 100)).roads;
        expect(shortest).toBeLessThanOrEqual(anyOther.reduce((sum, road) => sum + road.km, 0));
        expect(least(code, () => 1)).toBeLessThanOrEqual(findRoute(code, km).roads.length);
      }),
    );
  });

  it('is no longer than the way to a neighbour and one road more', () => {
    const codes = ['27305', '27330', '27355', '27380'];
    const lengths = codes.map((code) => least(code, km));
    for (let index = 1; index < lengths.length; index++) {
      expect(Math.abs((lengths[index] ?? 0) - (lengths[index - 1] ?? 0))).toBeLessThanOrEqual(14);
    }
  });

  it('begins at the nearer warehouse, and is empty at one', () => {
    expect(findRoute('00000', km).warehouse).toBe('north');
    expect(findRoute('99999', km).warehouse).toBe('south');
    expect(findRoute('25180', km)).toEqual({ warehouse: 'north', roads: [] });
  });
});

describe('quoteDelivery', () => {
  it('has three options, the cheapest first, the fastest no later than the others', () => {
    fc.assert(
      fc.property(postcode, fc.integer({ min: 1, max: 100_000 }), (code, priceCents) => {
        const options = quoteDelivery({ name: 'Red Oak Chair no. 1', priceCents, postcode: code });
        const prices = options.map((option) => option.priceCents);
        expect(prices).toEqual(prices.toSorted((a, b) => a - b));
        expect(options.map(({ service }) => service).toSorted()).toEqual(['economy', 'express', 'standard']);
        const days = Object.fromEntries(options.map((option) => [option.service, option.days]));
        expect(days.express).toBeLessThanOrEqual(days.economy ?? 0);
      }),
    );
  });

  it('asks more for what is heavy, large, dear or far away', () => {
    const cheapest = (name: string, priceCents: number, code: string): number =>
      quoteDelivery({ name, priceCents, postcode: code })[0]?.priceCents ?? 0;
    const usual = cheapest('Blue Oak Lamp no. 1', 1000, '50500');
    expect(cheapest('Blue Brass Lamp no. 1', 1000, '50500')).toBeGreaterThan(usual);
    expect(cheapest('Blue Oak Table no. 1', 1000, '50500')).toBeGreaterThan(usual);
    expect(cheapest('Blue Oak Lamp no. 1', 50_000, '50500')).toBeGreaterThan(usual);
    expect(cheapest('Blue Oak Lamp no. 1', 1000, '00999')).toBeGreaterThan(usual);
    expect(cheapest('Something else', 1000, '50500')).toBeGreaterThan(0);
  });
});
