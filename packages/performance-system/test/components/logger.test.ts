import { ConfigurationError, StateError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { PerformanceSystem } from '../../src/index.ts';
import { fakeChannel, fakeSink, wired } from '../support/fakes.ts';

const HOUR_MS = 3_600_000;

describe('the logger', () => {
  it('is made as configured, with its metrics among those of the system', async () => {
    const { sink, records } = fakeSink();
    const clock = new VirtualClock();
    await using system = new PerformanceSystem(
      { environment: 'testing', performanceLogger: { capacity: 1024, flushInterval: '10s' } },
      { clock, logSinks: [sink] },
    );
    // In virtual time the event loop looks busy, and collectors come late.
    system.on('error', () => {});
    await system.start();
    const logger = system.getComponent('logger');
    for (let i = 0; i < 1500; i++) logger.record('tick', { i });
    const { held } = logger.snapshot();
    expect([held > 512, held <= 1024]).toEqual([true, true]);
    await clock.advanceAsync(10_000);
    expect(records).toContainEqual(
      expect.objectContaining({ kind: 'event', type: 'tick', data: { i: 1499 } }),
    );
    expect(system.exportMetrics('prometheus')).toMatch(/^evenkeel_logger_\w+\{sink="list"/m);
    expect(system.getPerformanceDashboard().components.logger).toMatchObject({
      state: { kind: 'running' },
      snapshot: { running: true, sinks: [{ sink: 'memory' }, { sink: 'list', state: 'running' }] },
    });
  });

  it('writes what is recorded until the end, and what the others say while they stop', async () => {
    const { sink, records } = fakeSink();
    const clock = new VirtualClock();
    const system = await wired(clock, {}, { logSinks: [sink] });
    await system.start();
    const cache = system.getComponent('cache');
    const stop = cache.stop.bind(cache);
    cache.stop = async () => {
      system.getComponent('logger').record('last words');
      await stop();
    };
    await system.stop();
    expect(records).toContainEqual(expect.objectContaining({ type: 'last words' }));
  });

  it('tells once of a sink that fails, and says in its check that it does', async () => {
    const clock = new VirtualClock();
    const { sink, records } = fakeSink();
    let isBroken = true;
    const breaking = {
      ...sink,
      write: async (...given: Parameters<typeof sink.write>) => {
        if (isBroken) throw new Error('disk full');
        await sink.write(...given);
      },
    };
    const system = await wired(clock, {}, { logSinks: [breaking] });
    await using _ = system;
    const errors: string[] = [];
    system.on('error', ({ source, error }) => {
      if (source.startsWith('logger')) errors.push(`${source}: ${error.message}`);
    });
    await system.start();
    await clock.advanceAsync(60_000);
    expect(errors).toEqual(['logger: write of sink "list": disk full']);
    const { checks } = await system.getComponent('health').runHealthChecks();
    expect(checks.logger).toMatchObject({ status: 'warning', critical: false });
    isBroken = false;
    system.getComponent('logger').record('kept');
    await clock.advanceAsync(60_000);
    expect(records).toContainEqual(expect.objectContaining({ type: 'kept' }));
  });

  it('advises what the others do, in its reports, and not itself', async () => {
    const clock = new VirtualClock();
    const system = await wired(clock);
    const advice = {
      id: 'cache:larger',
      component: 'cache',
      priority: 'high',
      message: 'Make the cache larger',
      evidence: { hitRatio: 0.1 },
      automated: false,
    } as const;
    system.getComponent('cache').recommendations = () => [advice];
    await system.start();
    const { reporter } = system.getComponent('logger');
    for (let report = 0; report < 2; report++) {
      const { recommendations } = await reporter.generatePerformanceReport('1h');
      expect(recommendations.filter(({ message }) => message === advice.message)).toHaveLength(1);
    }
    await system.stop();
  });
});

describe('automatic reports', () => {
  it('come through the channels of the system, each interval, but not through those that take none', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 5, 10, 30));
    const { channel, messages } = fakeChannel();
    const pager = fakeChannel('pager', { takesReports: false });
    const host = { alertChannels: [channel, pager.channel] };
    const system = await wired(clock, { performanceLogger: { reportInterval: '1h' } }, host);
    system.on('error', () => {});
    await using _ = system;
    await system.getComponent('alerts').start();
    system.getComponent('logger').start();
    system.getComponent('performance').recordRequest(true, 20, { endpoint: 'GET /' });
    await clock.advanceAsync(HOUR_MS);
    const reports = () => messages.filter(({ kind }) => kind === 'report');
    expect(reports().map(({ subject }) => subject)).toEqual([
      expect.stringContaining('2026-01-05 10:00 to 11:00 UTC'),
    ]);
    expect(reports()[0]).toMatchObject({
      text: expect.stringContaining('response-time'),
      html: expect.stringMatching(/^<!doctype html>/i),
    });
    await clock.advanceAsync(HOUR_MS);
    expect(reports()).toHaveLength(2);
    expect(pager.messages.filter(({ kind }) => kind === 'report')).toEqual([]);
    await system.getComponent('logger').stop();
    await system.getComponent('alerts').stop();
  });

  it('are made without any channel, and kept', async () => {
    const clock = new VirtualClock(HOUR_MS + 30_000);
    const system = await wired(clock, { performanceLogger: { reportInterval: '1m' } });
    const logger = system.getComponent('logger');
    logger.start();
    await clock.advanceAsync(150_000);
    expect(logger.reporter.reportHistory).toHaveLength(2);
    await logger.stop();
  });

  it('are not made where none are asked for', async () => {
    const clock = new VirtualClock();
    const system = await wired(clock);
    expect(system.getComponent('logger').reporter.snapshot().schedules).toEqual([]);
  });
});

describe('what the logger is given', () => {
  it.each([
    [{ capacity: 10 }, 'performanceLogger.capacity must be an integer from 1024 to 16777216, got 10'],
    [{ maxBytes: '1kb' }, 'performanceLogger.maxBytes must be'],
    [{ history: 'paper' }, 'performanceLogger.history must be one of "memory", "database", got "paper"'],
    [{ reportInterval: '30s' }, 'performanceLogger.reportInterval must be 0, or milliseconds'],
    [{ reportInterval: '40d' }, 'from 60000 to 2678400000 ms, got "40d"'],
    [{ flushOnCrash: 'perhaps' }, 'performanceLogger.flushOnCrash must be true or false'],
  ])('%j is refused, by name and value', (performanceLogger, message) => {
    const make = () => new PerformanceSystem({ performanceLogger: performanceLogger as never });
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(message);
  });

  it.each([
    [{ logSinks: [{ name: 'none' }] }, 'logSinks[0]'],
    [{ logSinks: 'everywhere' }, 'logSinks'],
    [{ dumps: '/var/dumps' }, 'dumps'],
    [{ clock: {} }, 'clock'],
    [{ logSink: [] }, 'logSink'],
  ])('%j is refused, by name', (host, path) => {
    const make = () => new PerformanceSystem({}, host as never);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(`PerformanceSystem: ${path} must be`);
  });

  it('may not be two sinks of one name', () => {
    const [one, two] = [fakeSink().sink, fakeSink().sink];
    expect(() => new PerformanceSystem({}, { logSinks: [one, two] })).toThrow(StateError);
    expect(() => new PerformanceSystem({}, { logSinks: [one, two] })).toThrow(
      'there is a sink called "list"',
    );
  });
});
