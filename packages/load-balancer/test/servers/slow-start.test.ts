import { describe, expect, it } from 'vitest';
import { newRamp, type Ramp, rampShare, SlowStart } from '../../src/servers/slow-start.ts';

const NEW = Number.POSITIVE_INFINITY;

/** A server of weight 1 that comes. */
function come(slowStart: SlowStart, nowMs: number, awayMs = NEW): Ramp {
  const ramp = newRamp();
  slowStart.comes(ramp, 1, nowMs, awayMs, true);
  return ramp;
}

/** Servers that have been at work for the length of a ramp. */
function warmFleet(servers: number): SlowStart {
  const slowStart = new SlowStart(10_000);
  for (let server = 0; server < servers; server++) slowStart.advance(come(slowStart, -10_000), 1, 0);
  return slowStart;
}

/** The share at each of its changes, with the time. */
function shares(slowStart: SlowStart, ramp: Ramp): [number, number][] {
  const all: [number, number][] = [[ramp.startMs, ramp.share]];
  while (ramp.phase === 'ramping') {
    const nowMs = ramp.dueMs;
    slowStart.advance(ramp, 1, nowMs);
    all.push([nowMs, ramp.share]);
  }
  return all;
}

describe('rampShare', () => {
  it('grows from a tenth to the whole', () => {
    expect(rampShare(0, 1000)).toBe(0.1);
    expect(rampShare(500, 1000)).toBe(9 / 16);
    expect(rampShare(1000, 1000)).toBe(1);
    for (let elapsedMs = 1; elapsedMs <= 1000; elapsedMs++) {
      expect(rampShare(elapsedMs, 1000)).toBeGreaterThanOrEqual(rampShare(elapsedMs - 1, 1000));
    }
  });
});

describe('SlowStart', () => {
  it('lets the share of a newcomer grow in sixteen steps', () => {
    const slowStart = warmFleet(3);
    const steps = shares(slowStart, come(slowStart, 0));
    expect(steps).toHaveLength(17);
    expect(steps.map(([atMs]) => atMs)).toEqual(Array.from({ length: 17 }, (_, step) => step * 625));
    expect(steps.at(0)?.[1]).toBe(0.1);
    expect(steps.at(-1)?.[1]).toBe(1);
  });

  it('gives a fleet that starts together its whole share at once', () => {
    const slowStart = new SlowStart(10_000);
    const ramps = Array.from({ length: 20 }, (_, server) => come(slowStart, server * 100));
    expect(ramps.map(({ share }) => share)).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('lets no more weight ramp than is warm', () => {
    const slowStart = warmFleet(3);
    const ramps = Array.from({ length: 5 }, () => come(slowStart, 0));
    expect(ramps.map(({ phase }) => phase)).toEqual(['ramping', 'ramping', 'ramping', 'new', 'new']);
  });

  it('ramps for no longer than the server was away', () => {
    const slowStart = warmFleet(3);
    expect(shares(slowStart, come(slowStart, 0, 160)).at(-1)).toEqual([160, 1]);
    expect(come(slowStart, 0, 0).phase).toBe('warm');
  });

  it('takes all the steps at once that were missed', () => {
    const slowStart = warmFleet(3);
    const ramp = come(slowStart, 0);
    slowStart.advance(ramp, 1, 624);
    expect(ramp.share).toBe(0.1);
    slowStart.advance(ramp, 1, 5100);
    expect(ramp.share).toBe(9 / 16);
    slowStart.advance(ramp, 1, 1e6);
    expect(ramp).toMatchObject({ phase: 'warm', share: 1, dueMs: Number.POSITIVE_INFINITY });
  });

  it('counts those that leave no more, and new weights', () => {
    const slowStart = new SlowStart(10_000);
    const first = come(slowStart, 0);
    slowStart.advance(first, 1, 10_000);
    expect(come(slowStart, 10_000).phase).toBe('ramping');
    slowStart.reweighted(first, 1, 2);
    expect(come(slowStart, 10_000).phase).toBe('ramping');
    slowStart.leaves(first, 2);
    expect(come(slowStart, 10_000).phase).toBe('new');
  });

  it('is off with a length of 0', () => {
    const slowStart = new SlowStart(0);
    come(slowStart, 0);
    expect(come(slowStart, 0).phase).toBe('warm');
  });
});
