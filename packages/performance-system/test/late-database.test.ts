import { type Queryable, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { PerformanceSystem } from '../src/index.ts';
import { LateDatabase } from '../src/late-database.ts';
import { stopped } from './support/fakes.ts';

describe('LateDatabase', () => {
  it('asks the database that it is given, and says clearly that there is none until then', async () => {
    const late = new LateDatabase();
    await expect(late.query('select 1')).rejects.toMatchObject({
      code: 'NO_DATABASE',
      message: 'there is no database: initialize() was given none',
    });
    late.attach({ query: async (text, params) => ({ rows: [{ text, params }] as never[] }) });
    expect(await late.query('select $1', [7])).toEqual({ rows: [{ text: 'select $1', params: [7] }] });
  });
});

const IN_DATABASE = {
  environment: 'testing',
  performanceLogger: { history: 'database' },
  alertManager: { store: 'database' },
} as const;

describe('a system that is to keep its books in the database', () => {
  it('tells that there is none, and does all the rest', async () => {
    const clock = new VirtualClock();
    const system = new PerformanceSystem(IN_DATABASE, { clock });
    const errors: string[] = [];
    system.on('error', ({ source, error }) => {
      if (/^(logger|alerts)/.test(source)) errors.push(`${source}: ${error.message}`);
    });
    await system.start();
    await clock.advanceAsync(2000);
    const none = 'there is no database: initialize() was given none';
    expect(errors).toEqual([`alerts: alert store: ${none}`, `logger: start of sink "postgres": ${none}`]);
    expect(system.isRunning).toBe(true);
    const { components } = system.getPerformanceDashboard();
    expect(Object.values(components).map(({ state }) => state.kind)).toEqual(Array(9).fill('running'));
    // Alerts are told all the same, and requests measured.
    const seen: string[] = [];
    system.on('alert', ({ id }) => seen.push(id));
    system.getComponent('alerts').raise({ id: 'fire', name: 'fire', message: 'it burns' });
    system.getComponent('performance').recordRequest(true, 5, { endpoint: 'GET /' });
    expect(seen).toContain('fire');
    expect(system.getPerformanceDashboard().performance.totals.requests).toBe(1);
    await stopped(system, clock);
    expect(system.isRunning).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('asks for its own tables past the optimizer, which sees what the application asks', async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const database: Queryable = {
      query: async (text) => {
        asked.push(text);
        return { rows: [] };
      },
    };
    const system = new PerformanceSystem(IN_DATABASE, { clock });
    system.on('error', () => {});
    await system.initialize(database);
    await system.start();
    await clock.advanceAsync(1000);
    const optimizer = system.getComponent('database');
    await optimizer.optimizeQuery('select 1 as one');
    await expect.poll(() => optimizer.getStatements().length).toBe(1);
    expect(asked.some((text) => text.includes('evenkeel_alerts_'))).toBe(true);
    expect(asked.some((text) => text.includes('evenkeel_history_'))).toBe(true);
    expect(optimizer.getStatements().map(({ normalized }) => normalized)).toEqual([
      expect.stringMatching(/as one/),
    ]);
    await stopped(system, clock);
  });
});
