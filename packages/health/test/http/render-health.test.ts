import { type HealthFormat, negotiate, readProbeRequest, renderHealth } from '@evenkeel/health';
import { describe, expect, it } from 'vitest';
import { critical, healthy, result, virtualChecker } from '../checks-in-virtual-time.ts';

/** One check of each status. */
async function mixedSummary() {
  const { clock, checker } = virtualChecker();
  const datastore = Object.assign(() => ({ ...healthy, details: { host: 'db-7.internal' } }), {
    componentType: 'datastore' as const,
  });
  checker.registerHealthCheck('database', datastore);
  checker.registerHealthCheck('cache:hitRatio', () => result('warning'), { critical: false });
  checker.registerHealthCheck('queue', () => critical);
  await checker.runHealthChecks();
  checker.registerHealthCheck('mail', () => healthy);
  clock.advance(1500);
  return checker.getHealthSummary();
}

describe('must-have 9: forms of the response', () => {
  it.each<[string | undefined, HealthFormat]>([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/health+json', 'health+json'],
    ['application/json', 'json'],
    ['text/plain', 'text'],
    ['TEXT/Plain; charset=utf-8', 'text'],
    ['text/*;q=0.5, application/health+json;q=0.7', 'health+json'],
    ['application/json;q=0.1, text/plain', 'text'],
    ['*/*, application/json;q=0', 'health+json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
    ['image/png', 'json'],
    ['text/plain;q=nonsense', 'json'],
    [`text/plain, ${'x/y,'.repeat(1000)}`, 'json'],
  ])('Accept %s is answered with %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });

  it('health+json, for those who are authorised', async () => {
    const summary = await mixedSummary();
    const { status, headers, body } = renderHealth(summary, {
      accept: 'application/health+json',
      authorised: true,
      service: { version: '1', releaseId: '1.2.3', serviceId: 'catalogue', description: 'the catalogue' },
    });
    const known = {
      time: '2024-01-01T00:00:00.000Z',
      ageMs: 1500,
      observedValue: 0,
      observedUnit: 'ms',
    };
    expect(status).toBe(503);
    expect(headers).toEqual({
      'content-type': 'application/health+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    });
    expect(JSON.parse(body)).toEqual({
      status: 'fail',
      version: '1',
      releaseId: '1.2.3',
      serviceId: 'catalogue',
      description: 'the catalogue',
      ageMs: 1500,
      checks: {
        'database:responseTime': [
          {
            componentId: 'database',
            componentType: 'datastore',
            status: 'pass',
            critical: true,
            ...known,
            details: { host: 'db-7.internal' },
          },
        ],
        'cache:hitRatio': [
          {
            componentId: 'cache:hitRatio',
            componentType: 'component',
            status: 'warn',
            critical: false,
            ...known,
            output: 'it is warning',
          },
        ],
        'queue:responseTime': [
          {
            componentId: 'queue',
            componentType: 'component',
            status: 'fail',
            critical: true,
            ...known,
            output: 'refused by db-7.internal',
          },
        ],
        'mail:responseTime': [
          {
            componentId: 'mail',
            componentType: 'component',
            status: 'fail',
            critical: true,
            output: 'it has not been checked yet',
          },
        ],
      },
    });
    expect(renderHealth(summary, { format: 'json', authorised: true }).headers['content-type']).toBe(
      'application/json; charset=utf-8',
    );
  });

  it('plain text as Kubernetes has it: ok, or a line for each check', async () => {
    const summary = await mixedSummary();
    expect(renderHealth(summary, { accept: 'text/plain' }).body).toBe(
      [
        '[+]database ok',
        '[!]cache:hitRatio warning: reason withheld',
        '[-]queue failed: reason withheld',
        '[-]mail not checked yet: reason withheld',
        'all check failed',
        '',
      ].join('\n'),
    );
    expect(renderHealth(summary, { format: 'text', authorised: true }).body).toContain(
      '[-]queue failed: refused by db-7.internal\n',
    );
    expect(renderHealth(summary, { format: 'text', verbose: false }).body).toBe('failed');
    const { checker } = virtualChecker();
    checker.registerHealthCheck('two\nlines', () => result('warning'));
    const warned = await checker.runHealthChecks({ kind: 'readiness' });
    expect(renderHealth(warned, { format: 'text' })).toMatchObject({ status: 200, body: 'ok' });
    expect(renderHealth(warned, { format: 'text', verbose: true, authorised: true }).body).toBe(
      '[!]two lines warning: it is warning\nreadiness check passed\n',
    );
  });

  it('MicroProfile: UP and DOWN, a degradable failure being UP', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    checker.registerHealthCheck('cache', () => critical, { critical: false });
    const degraded = renderHealth(await checker.runHealthChecks(), { format: 'microprofile' });
    expect(degraded.status).toBe(200);
    expect(JSON.parse(degraded.body)).toEqual({
      status: 'UP',
      checks: [
        { name: 'database', status: 'UP', data: { status: 'healthy', critical: true } },
        { name: 'cache', status: 'UP', data: { status: 'critical', critical: false } },
      ],
    });
    checker.registerHealthCheck('queue', () => {
      throw new Error('boom');
    });
    const failed = renderHealth(await checker.runHealthChecks(), {
      format: 'microprofile',
      authorised: true,
    });
    expect(failed.status).toBe(503);
    expect(JSON.parse(failed.body)).toMatchObject({
      status: 'DOWN',
      checks: [{}, {}, { name: 'queue', status: 'DOWN', data: { message: 'boom' } }],
    });
  });

  it('says only the status where nobody wants more', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('cache', () => result('warning'));
    const summary = await checker.runHealthChecks();
    expect(renderHealth(summary, { verbose: false })).toMatchObject({
      status: 200,
      body: '{"status":"warn"}',
    });
  });

  it('notes why a process is not ready where its checks do not tell', async () => {
    const { checker } = virtualChecker();
    checker.registerHealthCheck('database', () => healthy);
    await checker.runHealthChecks();
    void checker.drain();
    const summary = checker.getHealthSummary({ kind: 'readiness' });
    expect(JSON.parse(renderHealth(summary).body)).toMatchObject({ status: 'fail', notes: ['draining'] });
    expect(renderHealth(summary, { format: 'text' }).body).toBe(
      '[+]database ok\nreadiness check failed (draining)\n',
    );
  });

  it('shows a late run', async () => {
    const { clock, checker } = virtualChecker();
    checker.registerHealthCheck(
      'slow',
      () => new Promise((resolve) => void clock.setTimeout(() => resolve(healthy), 1000)),
    );
    void checker.runHealthChecks();
    await clock.advanceAsync(1000);
    expect(
      JSON.parse(renderHealth(checker.getHealthSummary()).body).checks['slow:responseTime'],
    ).toMatchObject([{ lateRuns: 1, lateMs: 1000, lateStatus: 'healthy' }]);
  });

  it.each([
    ['/', { kind: 'all', verbose: undefined, format: undefined }],
    ['', { kind: 'all', verbose: undefined, format: undefined }],
    ['/health?x=1', { kind: 'all', verbose: undefined, format: undefined }],
    ['/health/', { kind: 'all', verbose: undefined, format: undefined }],
    ['/health/live?verbose', { kind: 'liveness', verbose: true, format: undefined }],
    ['/livez?verbose=false', { kind: 'liveness', verbose: false, format: undefined }],
    ['/readyz?format=text&verbose=1', { kind: 'readiness', verbose: true, format: 'text' }],
    ['/health/ready?format=health%2Bjson', { kind: 'readiness', verbose: undefined, format: 'health+json' }],
    ['/health/started?format=xml', { kind: 'startup', verbose: undefined, format: undefined }],
    ['/health/startup?%%%', { kind: 'startup', verbose: undefined, format: undefined }],
    ['/healthy', undefined],
    ['/constructor', undefined],
  ])('reads the URL %s', (url, expected) => {
    expect(readProbeRequest(url)).toEqual(expected);
  });
});

describe('must-have 10: redaction', () => {
  it('shows neither messages nor details to those who are not authorised, in any form', async () => {
    const summary = await mixedSummary();
    for (const format of ['health+json', 'json', 'text', 'microprofile'] as const) {
      for (const verbose of [true, false, undefined]) {
        const { body } = renderHealth(summary, { format, verbose });
        expect(body).not.toMatch(/internal|refused|details|output|it is warning/);
      }
      expect(renderHealth(summary, { format, authorised: true }).body).toContain('refused by db-7.internal');
    }
  });
});
