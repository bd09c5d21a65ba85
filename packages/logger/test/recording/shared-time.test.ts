import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { SharedTime } from '../../src/recording/shared-time.ts';

/** Counts how often it is asked. */
class CountingClock extends VirtualClock {
  reads = 0;

  override now(): number {
    this.reads += 1;
    return super.now();
  }
}

describe('SharedTime', () => {
  it('asks the clock once for 32 records of a burst', () => {
    const clock = new CountingClock(5000);
    const time = new SharedTime(clock, true);
    const times = Array.from({ length: 1 + 32 * 10 }, () => time.now());
    expect(new Set(times)).toEqual(new Set([5000]));
    expect(clock.reads).toBe(11);
  });

  it('asks again once the event loop has turned, and shares nothing between records far apart', () => {
    const clock = new CountingClock(5000);
    const time = new SharedTime(clock, true);
    for (let record = 0; record < 5; record++) time.now();
    clock.advance(1);
    expect(time.now()).toBe(5001);
    clock.advance(1000);
    expect(time.now()).toBe(6001);
    clock.advance(1000);
    expect(time.now()).toBe(7001);
    expect(clock.pending).toBe(0);
  });

  it('asks a clock that is not the system’s for each record, and sets no timer', () => {
    const clock = new CountingClock(5000);
    const time = new SharedTime(clock);
    for (let record = 0; record < 100; record++) time.now();
    expect(clock.reads).toBe(100);
    expect(clock.pending).toBe(0);
  });
});
