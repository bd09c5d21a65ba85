import type { Clock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { EventLoopSensor } from '../../src/node/event-loop-sensor.ts';

/** A loop that is busy and idle as the test says; timers that fall due in a block come at its end. */
function scriptedLoop() {
  let nowMs = 0;
  const times = { active: 0, idle: 0 };
  const timers = new Map<object, { readonly dueMs: number; readonly callback: () => void }>();
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimeout: (callback, ms) => {
      const key = {};
      timers.set(key, { dueMs: nowMs + ms, callback });
      return () => timers.delete(key);
    },
    setInterval: () => () => {},
  };
  const runDue = (): void => {
    for (const [key, { dueMs, callback }] of [...timers]) {
      if (dueMs > nowMs || !timers.delete(key)) continue;
      callback();
    }
  };
  const sensor = new EventLoopSensor({ clock, loopTimes: () => ({ ...times }) });
  return {
    sensor,
    timers,
    /** Without letting timers come: as in the middle of a block. */
    pass: (ms: number): void => {
      nowMs += ms;
      times.active += ms;
    },
    /** The times of the loop stand still meanwhile, that of the clock does not. */
    suspend: (ms: number): void => {
      nowMs += ms;
      runDue();
    },
    block: (ms: number): void => {
      nowMs += ms;
      times.active += ms;
      runDue();
    },
    idle: (ms: number): void => {
      for (let index = 0; index < ms; index++) {
        nowMs += 1;
        times.idle += 1;
        runDue();
      }
    },
  };
}

describe('EventLoopSensor', () => {
  it('reads nothing, not how often it looks, while the loop is idle', () => {
    const { sensor, idle } = scriptedLoop();
    sensor.start();
    for (let sweep = 0; sweep < 5; sweep++) {
      idle(500);
      expect(sensor.read()).toEqual({ utilization: 0, evidence: { busyRatio: 0, maxDelayMs: 0 } });
    }
  });

  it('is how busy the loop was, of this interval and not of its life', () => {
    const { sensor, idle, block } = scriptedLoop();
    sensor.start();
    idle(60_000);
    sensor.read();
    for (let index = 0; index < 50; index++) {
      block(6);
      idle(4);
    }
    expect(sensor.read()?.utilization).toBeCloseTo(0.6, 10);
    for (let index = 0; index < 100; index++) block(5);
    expect(sensor.read()?.utilization).toBe(1);
    idle(500);
    expect(sensor.read()?.utilization).toBe(0);
  });

  it('is alarmed by one block of half a second, wherever it lies, and not by one of 30 ms', () => {
    for (let before = 0; before < 500; before += 7) {
      const { sensor, idle, block } = scriptedLoop();
      sensor.start();
      idle(500);
      sensor.read();
      idle(before);
      block(500);
      idle(500 - (before % 500));
      expect(sensor.read()?.utilization).toBeGreaterThanOrEqual(1);
      idle(400);
      block(30);
      idle(70);
      expect(sensor.read()?.utilization).toBeLessThan(0.15);
    }
  });

  it('knows the length of a block better while the loop is busy', () => {
    const { sensor, idle, block } = scriptedLoop();
    sensor.start();
    for (let sweep = 0; sweep < 2; sweep++) {
      block(100);
      idle(400);
      sensor.read();
    }
    idle(77);
    block(300);
    idle(123);
    const delayMs = Number(sensor.read()?.evidence.maxDelayMs);
    expect(delayMs).toBeGreaterThan(245);
    expect(delayMs).toBeLessThanOrEqual(300);
  });

  it('sees a block that still goes on, and then all of it', () => {
    const { sensor, idle, pass, block } = scriptedLoop();
    sensor.start();
    idle(300);
    block(200);
    sensor.read();
    pass(350);
    expect(sensor.read()?.evidence.maxDelayMs).toBe(300);
    block(400);
    idle(10);
    expect(sensor.read()?.evidence.maxDelayMs).toBe(700);
  });

  it('does not take a suspended machine for a block', () => {
    const { sensor, idle, suspend } = scriptedLoop();
    sensor.start();
    idle(500);
    sensor.read();
    idle(100);
    suspend(8 * 3_600_000);
    expect(sensor.read()).toEqual({ utilization: 0, evidence: { busyRatio: 0, maxDelayMs: 0 } });
  });

  it('cannot tell unless it runs, and leaves no timer behind', () => {
    const { sensor, timers, idle, block } = scriptedLoop();
    expect(sensor.read()).toBeUndefined();
    sensor.start();
    sensor.start();
    expect(timers.size).toBe(1);
    block(49);
    expect(sensor.read()).toBeUndefined();
    idle(451);
    const reading = sensor.read();
    expect(reading).toBeDefined();
    idle(49);
    expect(sensor.read()).toBe(reading);
    sensor.stop();
    sensor.stop();
    expect(timers.size).toBe(0);
    expect(sensor.read()).toBeUndefined();
    block(1000);
    sensor.start();
    idle(500);
    expect(sensor.read()?.utilization).toBe(0);
  });

  it('sees a real block', async () => {
    const sensor = new EventLoopSensor();
    sensor.start();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    const { utilization, evidence } = sensor.read() ?? { utilization: 0, evidence: {} };
    sensor.stop();
    expect(utilization).toBeGreaterThan(1.3);
    expect(evidence.busyRatio).toBeGreaterThan(0.5);
  });
});
