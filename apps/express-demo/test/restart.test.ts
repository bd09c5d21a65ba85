import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../src/service.ts';
import { SETTINGS } from './support/settings.ts';

/* The tables of history and alerts. */
const OWN_TABLES = /evenkeel_(?:alerts|history)_/;

describe('a service that keeps its data in a directory, after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-demo-'));
  // It is made where it is not there.
  const settings = { ...SETTINGS, products: 500, dataDirectory: join(folder, 'of', 'the', 'demo') };
  let service: RunningService;
  let statementsBefore: string[];

  const statements = () =>
    service.system
      .getComponent('database')
      .getStatements()
      .map(({ normalized }) => normalized);

  beforeAll(async () => {
    service = await startService(settings);
    for (let id = 1; id <= 30; id++) await (await fetch(`${service.address}/products/${id}`)).arrayBuffer();
    const alerts = service.system.getComponent('alerts');
    alerts.raise({ id: 'over', name: 'over', message: 'The lift was stuck' });
    alerts.resolve('over');
    statementsBefore = statements();
    await service.system.getComponent('logger').flush(60_000);
    // So late that it cannot be told before the end.
    alerts.raise({ id: 'lasting', name: 'lasting', message: 'The roof leaks' });
    await service.stop();
    service = await startService({ ...settings, products: 10 });
  }, 120_000);

  afterAll(async () => {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has its catalogue still', () => {
    expect(service.description).toBe('500 products in PGlite, embedded, 0 requests/s, 0 workers');
  });

  it('reports on what was before', { timeout: 60_000 }, async () => {
    const { reporter } = service.system.getComponent('logger');
    const { detailed, events } = await reporter.generatePerformanceReport('1h');
    const responseTime = detailed.http?.metrics.find(({ name }) => name === 'response-time');
    expect(responseTime?.count).toBeGreaterThanOrEqual(30);
    const alerts = events.find(({ type }) => type === 'alert');
    expect(alerts?.samples.map(({ data }) => data).join()).toContain('The lift was stuck');
  });

  it('knows the alerts of before, and tells what was not told', { timeout: 60_000 }, async () => {
    const { alerts } = service.system.getPerformanceDashboard();
    expect(alerts).toContainEqual(expect.objectContaining({ id: 'lasting', state: 'firing' }));
    const told = async () => (await fetch(`${service.address}/alerts`)).json();
    expect(await told()).toMatchObject({
      history: expect.arrayContaining([expect.objectContaining({ id: 'over', state: 'resolved' })]),
    });
    await expect.poll(told, { timeout: 30_000 }).toMatchObject({
      messages: expect.arrayContaining([
        expect.objectContaining({ text: expect.stringContaining('The roof leaks') }),
      ]),
    });
  });

  it('has counted no query of its own books as one of the application', async () => {
    await service.system.getComponent('logger').flush(60_000);
    for (const seen of [statementsBefore, statements()]) {
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((text) => OWN_TABLES.test(text))).toEqual([]);
    }
  });
});
