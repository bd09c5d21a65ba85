import type { Clock } from '@evenkeel/core';
import { EventLoopCollector, EventLoopDelay } from '@evenkeel/monitor/node';
import { describe, expect, it } from 'vitest';

/** A loop whose timer comes when the test says, not when it is due, and that is idle when the test says. */
function scriptedLoop() {
  let nowMs = 0;
  let idleMs = 0;
  let tick: (() => void) | undefined;
  const clock: Clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    setTimeout: () => () => {},
    setInterval: (callback) => {
      tick = callback;
      return () => {
        tick = undefined;
      };
    },
  };
  return {
    options: { clock, idleMs: () => idleMs, resolutionMs: 10 },
    idle: (ms: number): void => {
      nowMs += ms;
      idleMs += ms;
    },
    pass: (ms: number): void => {
      nowMs += ms;
    },
    /** Lets time pass, then the timer of the sampler comes. */
    sampleAfter: (...spans: readonly number[]): void => {
      for (const ms of spans) {
        nowMs += ms;
        tick?.();
      }
    },
    isSampling: (): boolean => tick !== undefined,
  };
}

const close = (value: number): number => expect.closeTo(value, -0.5);

describe('EventLoopDelay', () => {
  it('reads nothing, not its own resolution, while the loop is idle', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    expect(reader.read()).toEqual({ mean: 0, p50: 0, p99: 0, max: 0 });
    delay.start();
    loop.sampleAfter(...Array.from({ length: 100 }, () => 10));
    expect(reader.read()).toEqual({ mean: 0, p50: 0, p99: 0, max: 0 });
    loop.sampleAfter(...Array.from({ length: 100 }, () => 11));
    expect(reader.read()).toEqual({ mean: close(1), p50: close(1), p99: close(1), max: 1 });
  });

  it('gives what an event at a random moment meets, not what the rare samples meet', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    delay.start();
    // Of one second the loop is blocked for the first half: half of all events wait, 250 ms on average.
    loop.idle(10);
    loop.sampleAfter(500, ...Array.from({ length: 49 }, () => 10));
    const { mean, p50, p99, max } = reader.read();
    expect(max).toBe(500);
    expect(Math.abs(mean - 125)).toBeLessThan(10);
    expect(p50).toBeLessThan(30);
    expect(p99).toBeGreaterThan(470);
  });

  it('tells the true length of a long block by the time that the loop was idle before it', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    delay.start();
    loop.idle(4);
    loop.sampleAfter(200);
    expect(reader.read().max).toBe(200);
    // In a short one what the loop did before would weigh too much: it is known to within the resolution.
    loop.idle(4);
    loop.sampleAfter(30);
    expect(reader.read().max).toBe(24);
    // Time in which the system did not run the process counts as idle, and is late all the same.
    loop.idle(300);
    loop.sampleAfter(0);
    expect(reader.read().max).toBe(290);
  });

  it('shows each reader everything since its own previous reading', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const often = delay.reader();
    const seldom = delay.reader();
    delay.start();
    loop.sampleAfter(10);
    loop.idle(10);
    loop.sampleAfter(200);
    expect(often.read().max).toBe(200);
    loop.sampleAfter(10);
    expect(often.read().max).toBe(0);
    loop.idle(10);
    loop.sampleAfter(50);
    expect(often.read().max).toBe(50);
    expect(seldom.read().max).toBe(200);
    expect(seldom.read()).toEqual({ mean: 0, p50: 0, p99: 0, max: 0 });
  });

  it('hides no block that goes on while it is read', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const before = delay.reader();
    const after = delay.reader();
    delay.start();
    loop.sampleAfter(10);
    // 150 ms of a block, a reading in the middle of it, and 250 ms more.
    loop.idle(10);
    loop.pass(150);
    expect(before.read().max).toBe(150);
    loop.pass(250);
    loop.sampleAfter(0);
    expect(before.read().max).toBe(400);
    expect(after.read().max).toBe(400);
  });

  it('records a block that goes on when it is stopped, and nothing from then on', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    delay.start();
    delay.start();
    loop.idle(10);
    loop.pass(100);
    delay.stop();
    delay.stop();
    expect(loop.isSampling()).toBe(false);
    loop.pass(10_000);
    expect(reader.read().max).toBe(100);
    delay.start();
    loop.sampleAfter(10);
    expect(reader.read().max).toBe(0);
  });

  it('forgets a reader that is closed', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    delay.start();
    reader.close();
    loop.sampleAfter(500);
    expect(reader.read().max).toBe(0);
  });

  it('bounds what a suspended machine costs it', () => {
    const loop = scriptedLoop();
    const delay = new EventLoopDelay(loop.options);
    const reader = delay.reader();
    delay.start();
    loop.sampleAfter(8 * 3_600_000);
    expect(reader.read().max).toBe(8 * 3_600_000);
  });
});

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('EventLoopCollector', () => {
  it('shows a real block to two readers, whenever each of them reads', async () => {
    const first = new EventLoopCollector();
    const second = new EventLoopCollector();
    first.start();
    second.start();
    await turn(30);
    block(200);
    // In the same turn of the loop: no timer has come since.
    expect(first.collect().maxDelayMs).toBeGreaterThanOrEqual(195);
    await turn(60);
    const reading = first.collect();
    expect(reading.maxDelayMs).toBeGreaterThanOrEqual(195);
    expect(reading.meanDelayMs).toBeGreaterThan(10);
    await turn(60);
    expect(second.collect().maxDelayMs).toBeGreaterThanOrEqual(195);
    first.stop();
    second.stop();
  });

  it('does not read its own resolution when the loop is idle', async () => {
    const collector = new EventLoopCollector();
    collector.start();
    await turn(400);
    // Half of the samples at least come in time even where the machine is busy with other things.
    expect(collector.collect().p50DelayMs).toBeLessThan(10);
    collector.stop();
  });

  it('shows a block that happens while a gathering goes on', async () => {
    const collector = new EventLoopCollector();
    collector.start();
    await turn(30);
    collector.collect();
    block(200);
    await turn(60);
    expect(collector.collect().maxDelayMs).toBeGreaterThanOrEqual(195);
    collector.stop();
  });

  it('gives the utilisation since its own previous reading', async () => {
    const collector = new EventLoopCollector();
    collector.start();
    block(150);
    const busy = collector.collect();
    await turn(300);
    const idle = collector.collect();
    expect(busy.utilization).toBeGreaterThan(0.9);
    expect(idle.utilization).toBeLessThan(busy.utilization);
    collector.stop();
  });
});
