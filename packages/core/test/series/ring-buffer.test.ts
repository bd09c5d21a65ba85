import { ConfigurationError, RingBuffer } from '@evenkeel/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('RingBuffer', () => {
  it('keeps the newest items in order and counts what it overwrote', () => {
    const buffer = new RingBuffer<string>(3);
    for (const item of ['a', 'b', 'c', 'd', 'e']) buffer.push(item);
    expect({
      items: buffer.toArray(),
      iterated: [...buffer],
      length: buffer.length,
      capacity: buffer.capacity,
      last: buffer.last,
      dropped: buffer.dropped,
    }).toEqual({
      items: ['c', 'd', 'e'],
      iterated: ['c', 'd', 'e'],
      length: 3,
      capacity: 3,
      last: 'e',
      dropped: 2,
    });
  });

  it('reads by index from either end and gives undefined outside', () => {
    const buffer = new RingBuffer<number>(3);
    for (const item of [1, 2, 3, 4]) buffer.push(item);
    expect([0, 1, 2, 3, -1, -3, -4, 0.5, Number.NaN].map((index) => buffer.at(index))).toEqual([
      2,
      3,
      4,
      undefined,
      4,
      2,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is empty at first and after clear, and goes on counting what it dropped', () => {
    const buffer = new RingBuffer<number>(2);
    const state = () => [buffer.length, buffer.last, buffer.at(0), buffer.toArray(), buffer.dropped];
    expect(state()).toEqual([0, undefined, undefined, [], 0]);
    for (const item of [1, 2, 3]) buffer.push(item);
    buffer.clear();
    expect(state()).toEqual([0, undefined, undefined, [], 1]);
    for (const item of [4, 5, 6]) buffer.push(item);
    expect(state()).toEqual([2, 6, 5, [5, 6], 2]);
  });

  it('may be pushed to while it is iterated', () => {
    const buffer = new RingBuffer<number>(3);
    for (const item of [1, 2, 3]) buffer.push(item);
    const seen: number[] = [];
    for (const item of buffer) {
      seen.push(item);
      buffer.push(item * 10);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(buffer.toArray()).toEqual([10, 20, 30]);
  });

  it('hands out copies', () => {
    const buffer = new RingBuffer<number>(2);
    buffer.push(1);
    buffer.toArray().push(99);
    expect(buffer.toArray()).toEqual([1]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', undefined])(
    'refuses the capacity %s',
    (capacity) => {
      const make = () => new RingBuffer(capacity as number);
      expect(make).toThrow(ConfigurationError);
      expect(make).toThrow('RingBuffer: capacity must be a positive integer');
    },
  );

  it('is the end of a list of all pushed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.integer()), (capacity, pushed) => {
        const buffer = new RingBuffer<number>(capacity);
        for (const item of pushed) buffer.push(item);
        const kept = pushed.slice(-capacity);
        expect(buffer.toArray()).toEqual(kept);
        expect(buffer.dropped).toBe(pushed.length - kept.length);
        for (let index = -kept.length - 1; index <= kept.length; index++) {
          expect(buffer.at(index)).toBe(kept.at(index));
        }
      }),
    );
  });
});
