import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../src/service.ts';
import { SETTINGS } from './support/settings.ts';

/** How often each status, or fault of the connection, was the answer. */
type Answers = Readonly<Record<string, number>>;

interface Surge {
  readonly orders: Answers;
  readonly details: Answers;
  readonly searches: Answers;
  readonly health: Answers;
  readonly withoutRetryAfter: number;
}

describe('a surge of requests', () => {
  let service: RunningService;

  beforeEach(async () => {
    service = await startService({ ...SETTINGS, products: 20_000, background: 10 });
  }, 60_000);

  afterEach(() => service?.stop());

  function startSurge(seconds: number) {
    const script = fileURLToPath(new URL('./support/surge.mjs', import.meta.url));
    const child = fork(script, [service.address, String(seconds)], { execArgv: [] });
    const ended = once(child, 'message').then(([tally]) => tally as Surge);
    return { child, ended };
  }

  it('costs searches first; orders are served, and probes answered', { timeout: 120_000 }, async () => {
    const surge = await startSurge(6).ended;
    expect(partOf(surge.searches, '503')).toBeGreaterThan(0.2);
    expect(partOf(surge.searches, '200')).toBeGreaterThan(0);
    expect(partOf(surge.details, '503')).toBeLessThan(partOf(surge.searches, '503'));
    // How many are served depends on the machine; of orders it is most.
    expect(partOf(surge.orders, '201')).toBeGreaterThan(0.5);
    expect(partOf(surge.orders, '503')).toBeLessThan(partOf(surge.searches, '503'));
    expect(Object.keys(surge.health)).toEqual(['200']);
    expect(surge.withoutRetryAfter).toBe(0);
    const { classes } = service.system.getComponent('allocator').admission.statistics();
    expect(classes.background.arrived).toBe(sum(surge.searches));
    expect(classes.essential.arrived).toBe(sum(surge.orders));
    // When it is over, searches are served again.
    const search = async () => (await fetch(new URL('/products?q=lamp', service.address))).status;
    await expect.poll(search, { timeout: 30_000 }).toBe(200);
  });

  it('does not keep the service from stopping, with all at work', { timeout: 120_000 }, async () => {
    const { child } = startSurge(30);
    const isBusy = () => service.system.getComponent('allocator').admission.statistics().queued > 0;
    await expect.poll(isBusy, { timeout: 30_000, interval: 20 }).toBe(true);
    // The surge goes on for half a minute, and whatever it asks for is under way or waits.
    await service.stop();
    child.kill('SIGKILL');
  });
});

function partOf(answers: Answers, answer: string): number {
  return (answers[answer] ?? 0) / sum(answers);
}

function sum(answers: Answers): number {
  return Object.values(answers).reduce((total, count) => total + count, 0);
}
