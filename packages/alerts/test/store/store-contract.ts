import { afterAll, describe, expect, it } from 'vitest';
import type { TrackedAlert } from '../../src/alert-state.ts';
import type { AlertStore, Delivery } from '../../src/store/alert-store.ts';

export function someAlert(id: string, overrides: Partial<TrackedAlert> = {}): TrackedAlert {
  return {
    id,
    name: 'slow',
    severity: 'warning',
    message: 'it is slow',
    since: 1000,
    labels: { route: '/a' },
    state: 'firing',
    updatedAt: 2000,
    firedAt: 1500,
    count: 1,
    isFlapping: false,
    silencedBy: [],
    ...overrides,
  };
}

export function someDelivery(id: string, overrides: Partial<Delivery> = {}): Delivery {
  return {
    id,
    channel: 'mail',
    message: {
      id: `message of ${id}`,
      kind: 'firing',
      createdAt: 1000,
      severity: 'warning',
      groupLabels: { name: 'slow' },
      alerts: [someAlert('a')],
      counts: { firing: 1, resolved: 0 },
      level: 0,
      subject: 'it is slow',
      text: 'it is slow',
    },
    changes: 1,
    attempts: 0,
    dueAt: 1000,
    state: 'pending',
    createdAt: 1000,
    ...overrides,
  };
}

/** What every store must do. @param create a fresh one, of the time 1_000_000, not started */
export function describeAlertStore(
  name: string,
  create: () => Promise<AlertStore>,
  cleanUp: () => Promise<void> = async () => {},
): void {
  describe(name, { timeout: 60_000 }, () => {
    afterAll(cleanUp);

    const opened = async (): Promise<AlertStore> => {
      const store = await create();
      await store.start?.();
      await store.load();
      return store;
    };

    it('is empty at first, and may be started twice', async () => {
      const store = await create();
      await store.start?.();
      await store.start?.();
      expect(await store.load()).toEqual({ alerts: [], deliveries: [], silences: [] });
      await store.stop?.();
      await store.stop?.();
    });

    it('gives what is not over', async () => {
      const store = await opened();
      const active = someAlert('active', { told: { severity: 'warning', level: 1 }, evidence: { p95: 900 } });
      const silence = {
        id: 's',
        matchers: { name: 'slow*' },
        from: 0,
        until: 2_000_000,
        by: 'me',
        comment: 'why',
      };
      await store.save({
        alerts: [active, someAlert('over', { state: 'resolved', resolvedAt: 3000 })],
        deliveries: [
          someDelivery('pending', { error: 'away' }),
          someDelivery('sent', { state: 'sent', settledAt: 5000 }),
          someDelivery('dead', { state: 'dead', settledAt: 6000 }),
        ],
        silences: [silence, { ...silence, id: 'past', until: 999_999 }],
      });
      expect(await store.load()).toEqual({
        alerts: [active],
        deliveries: [someDelivery('pending', { error: 'away' })],
        silences: [silence],
      });
    });

    it('keeps the latest of each', async () => {
      const store = await opened();
      await store.save({ alerts: [someAlert('a')], deliveries: [someDelivery('d')] });
      await store.save({ alerts: [someAlert('a', { count: 2 }), someAlert('a', { count: 3 })] });
      await store.save({ deliveries: [someDelivery('d', { attempts: 4 })] });
      const { alerts, deliveries } = await store.load();
      expect(alerts).toEqual([someAlert('a', { count: 3 })]);
      expect(deliveries).toEqual([someDelivery('d', { attempts: 4 })]);
      await store.save({
        alerts: [someAlert('a', { since: 900 })],
        deliveries: [someDelivery('d', { state: 'sent', settledAt: 1 })],
      });
      expect(await store.load()).toMatchObject({ alerts: [someAlert('a', { since: 900 })], deliveries: [] });
    });

    it('remembers each life of an alert, the newest first, and none that never fired', async () => {
      const store = await opened();
      const lives = [1, 2, 3].map((life) =>
        someAlert('a', {
          since: 1000 * life,
          firedAt: 1000 * life,
          state: 'resolved',
          resolvedAt: 1000 * life + 500,
        }),
      );
      for (const life of lives) await store.save({ alerts: [life] });
      const { firedAt: _, ...pending } = someAlert('b', { since: 4500 });
      await store.save({ alerts: [{ ...pending, state: 'pending' }] });
      await store.save({ alerts: [{ ...pending, state: 'resolved', resolvedAt: 4600 }] });
      await store.save({ alerts: [someAlert('c', { since: 5000, name: 'other' })] });
      const ids = async (query: object): Promise<readonly number[]> =>
        (await store.history({ limit: 10, ...query })).map(({ since }) => since);
      expect(await ids({})).toEqual([5000, 3000, 2000, 1000]);
      expect(await ids({ limit: 2 })).toEqual([5000, 3000]);
      expect(await ids({ name: 'slow' })).toEqual([3000, 2000, 1000]);
      expect(await ids({ from: 2400 })).toEqual([5000, 3000, 2000]);
      expect(await ids({ to: 2400 })).toEqual([2000, 1000]);
      expect(await ids({ from: 2600, to: 2900 })).toEqual([]);
    });

    it('gives dead letters, the newest first, and no more once they are tried again', async () => {
      const store = await opened();
      for (const number of [1, 2, 3])
        await store.save({
          deliveries: [someDelivery(`d${number}`, { state: 'dead', settledAt: number, error: 'no' })],
        });
      const ids = async (limit: number): Promise<readonly string[]> =>
        (await store.deadLetters({ limit })).map(({ id }) => id);
      expect(await ids(10)).toEqual(['d3', 'd2', 'd1']);
      expect(await ids(1)).toEqual(['d3']);
      await store.save({ deliveries: [someDelivery('d3')] });
      expect(await ids(10)).toEqual(['d2', 'd1']);
      expect((await store.load()).deliveries).toEqual([someDelivery('d3')]);
    });

    it('keeps texts that databases refuse, and ids of any length', async () => {
      const store = await opened();
      const hostile = 'NUL \u0000, half \ud800, quote \', \\u0000, "; drop table alerts; --';
      const long = 'x'.repeat(100_000);
      const alerts = [hostile, long, '', `${long}y`, '\\u0000'].map((id) =>
        someAlert(id, { name: hostile, message: hostile, labels: { [hostile]: hostile } }),
      );
      await store.save({ alerts, deliveries: [someDelivery(hostile), someDelivery(long)] });
      const loaded = await store.load();
      const byLength = (a: { id: string }, b: { id: string }) =>
        a.id.length - b.id.length || (a.id < b.id ? -1 : 1);
      expect([...loaded.alerts].sort(byLength)).toEqual([...alerts].sort(byLength));
      expect(loaded.deliveries.map(({ id }) => id).sort()).toEqual([hostile, long].sort());
      expect(await store.history({ name: hostile, limit: 10 })).toHaveLength(5);
    });
  });
}
