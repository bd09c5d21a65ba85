import { ConfigurationError, UnknownNameError } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { monitored, recordingMeter } from '../fixtures.ts';

describe('startTimer', () => {
  it('measures operations that overlap, each on its own', () => {
    const { clock, monitor, of } = monitored();
    const first = monitor.startTimer('load', { table: 'users' });
    clock.advance(100);
    const second = monitor.startTimer('load');
    clock.advance(50);
    expect(first.name).not.toBe(second.name);
    expect(monitor.endTimer(first.name)).toBe(150);
    clock.advance(25);
    expect(second.end()).toBe(75);
    expect(of('timer_ended')).toEqual([
      { name: first.name, operation: 'load', labels: { table: 'users' }, durationMs: 150 },
      { name: second.name, operation: 'load', labels: {}, durationMs: 75 },
    ]);
    const { operations, openTimers } = monitor.getPerformanceSummary();
    expect(operations).toEqual([
      {
        operation: 'load',
        rate: 2,
        totalCount: 2,
        duration: {
          count: 2,
          mean: 112.5,
          p50: expect.closeTo(75, -0.5),
          p95: expect.closeTo(75, -0.5),
          p99: expect.closeTo(75, -0.5),
          max: 150,
        },
      },
    ]);
    expect(openTimers).toBe(0);
  });

  it('gives the same duration when it is ended again, and records nothing', () => {
    const { clock, monitor } = monitored();
    const timer = monitor.startTimer('load');
    clock.advance(10);
    expect(timer.end()).toBe(10);
    clock.advance(10);
    expect(timer.end()).toBe(10);
    expect(() => monitor.endTimer(timer.name)).toThrow(UnknownNameError);
    expect(monitor.getPerformanceSummary().operations[0]?.totalCount).toBe(1);
  });

  it('refuses names that no open timer has, naming those that are open', () => {
    const { monitor } = monitored();
    const { name } = monitor.startTimer('load');
    expect(() => monitor.endTimer('load')).toThrow(`no open timer is called "load" (known: ${name})`);
    expect(() => monitor.endTimer('')).toThrow(UnknownNameError);
    expect(() => monitor.startTimer('')).toThrow(ConfigurationError);
    expect(() => monitor.startTimer(undefined as unknown as string)).toThrow(ConfigurationError);
  });

  it('gives up the oldest open timers past the bound, counts them, and still measures one that ends', () => {
    const { values, meter } = recordingMeter();
    const { clock, monitor } = monitored({ maxOpenTimers: 2, meter });
    const leaked = monitor.startTimer('load');
    monitor.startTimer('load');
    monitor.startTimer('load');
    clock.advance(5);
    expect(monitor.getPerformanceSummary()).toMatchObject({ openTimers: 2, losses: { droppedTimers: 1 } });
    expect(() => monitor.endTimer(leaked.name)).toThrow(UnknownNameError);
    expect(leaked.end()).toBe(5);
    expect(values['evenkeel_monitor_losses_total{reason="timer"}']).toBe(1);
  });

  it('bounds the operations', () => {
    const { monitor } = monitored({ maxOperations: 2 });
    for (const name of ['a', 'b', 'c', 'd']) monitor.startTimer(name).end();
    const { operations, losses } = monitor.getPerformanceSummary();
    expect(operations.map(({ operation, totalCount }) => [operation, totalCount])).toEqual([
      ['(other)', 2],
      ['a', 1],
      ['b', 1],
    ]);
    expect(losses.overflowedOperations).toBe(2);
  });
});
