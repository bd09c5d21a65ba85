import { type Meter, noopMeter, StateError, UnknownNameError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import { AlertManager } from '../src/alert-manager.ts';
import type { AlertManagerOptions } from '../src/alert-manager-options.ts';
import { type Channel, DeliveryError, type Message } from '../src/channels/channel.ts';
import { MemoryAlertStore } from '../src/store/memory-store.ts';

const START = Date.UTC(2026, 0, 5, 12, 0, 0);
const FULL = { name: 'disk-full', message: 'disk is full', labels: { host: 'a' } };

class FakeChannel implements Channel {
  readonly name: string;
  readonly kind: string;
  readonly description = 'to the test';
  readonly messages: Message[] = [];
  readonly takesReports?: boolean;
  fails: Error | undefined;

  constructor(name = 'pager', kind = 'fake', more: { readonly takesReports?: boolean } = {}) {
    this.name = name;
    this.kind = kind;
    Object.assign(this, more);
  }

  async send(message: Message): Promise<void> {
    if (this.fails) throw this.fails;
    this.messages.push(message);
  }
}

function create(options: AlertManagerOptions = {}) {
  const clock = new VirtualClock(START);
  const channel = new FakeChannel();
  const manager = new AlertManager({ clock, channels: [channel], random: () => 0.5, ...options });
  const events: string[] = [];
  const errors: string[] = [];
  manager.on('*', ({ type }) => events.push(type));
  manager.on('error', ({ source, error }) => errors.push(`${source}: ${error.message}`));
  /** Virtual time runs while a promise of the manager's settles. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (let step = 0; step < 200 && !isDone; step++) await clock.advanceAsync(100);
    return await done;
  };
  return { clock, channel, manager, events, errors, settle };
}

describe('AlertManager', () => {
  it('tells of alerts that were raised before the start, once', async () => {
    const { clock, channel, manager, events } = create();
    const id = manager.raise(FULL);
    manager.raise(FULL);
    await clock.advanceAsync(60_000);
    expect(channel.messages).toEqual([]);
    await manager.start();
    await manager.start();
    await clock.advanceAsync(60_000);
    expect(channel.messages).toMatchObject([{ kind: 'firing', counts: { firing: 1, resolved: 0 } }]);
    expect(manager.resolve(id)).toBe(true);
    await clock.advanceAsync(600_000);
    expect(channel.messages).toHaveLength(2);
    expect(channel.messages[1]).toMatchObject({ kind: 'resolved' });
    expect(events).toEqual(['alert', 'delivered', 'alert_resolved', 'delivered']);
    expect(await manager.history()).toMatchObject([{ id, state: 'resolved', count: 2 }]);
    expect(await manager.history({ name: 'other' })).toEqual([]);
    await expect(manager.history({ limit: 0 })).rejects.toThrow('limit must be an integer from 1 to 10000');
  });

  it('judges rules as time passes', async () => {
    const { clock, channel, manager, settle } = create({
      rules: [
        { kind: 'threshold', name: 'slow', metric: 'm', above: 5, for: '1m', severity: 'critical' },
        { kind: 'health', name: 'sick' },
      ],
      delivery: { groupWait: '1s' },
    });
    await manager.start();
    manager.observe('m', 9, { route: '/', cached: false, code: 200 });
    manager.observeHealth('db', 'critical', 'away');
    await clock.advanceAsync(59_000);
    expect(manager.alerts().map(({ state }) => state)).toEqual(['pending', 'firing']);
    await clock.advanceAsync(20_000);
    expect(channel.messages.map(({ alerts }) => alerts[0]?.message)).toEqual([
      'health check db is critical: away',
      'm is 9, above 5',
    ]);
    expect(channel.messages[1]?.alerts[0]?.labels).toEqual({ route: '/', cached: 'false', code: '200' });
    await settle(manager.stop());
  });

  it('neither loses nor repeats anything over a restart', async () => {
    const store = new MemoryAlertStore({ clock: new VirtualClock(START) });
    const rules = [{ kind: 'threshold', name: 'slow', metric: 'm', above: 5 }] as const;
    const first = create({ store, rules });
    await first.manager.start();
    const silence = first.manager.silence({ matchers: { host: 'silent' }, for: '1d', by: 'ann' });
    first.manager.raise(FULL);
    first.manager.raise({ ...FULL, labels: { host: 'silent' } });
    first.manager.observe('m', 9, { route: '/a' });
    first.manager.observe('m', 9, { route: '/b' });
    await first.clock.advanceAsync(60_000);
    first.manager.acknowledge('disk-full{host="a"}', 'ann');
    await first.clock.advanceAsync(60_000);
    expect(first.channel.messages.flatMap(({ alerts }) => alerts.map(({ id }) => id)).sort()).toEqual([
      'disk-full{host="a"}',
      'slow{route="/a"}',
      'slow{route="/b"}',
    ]);
    await first.settle(first.manager.stop());

    const second = create({ store, rules });
    // Before the store has answered.
    second.manager.raise(FULL);
    second.manager.observe('m', 9, { route: '/a' });
    await second.manager.start();
    second.manager.observe('m', 1, { route: '/b' });
    for (let minute = 0; minute < 10; minute++) {
      second.manager.observe('m', 9, { route: '/a' });
      await second.clock.advanceAsync(60_000);
    }
    expect(second.channel.messages).toHaveLength(1);
    expect(second.channel.messages[0]).toMatchObject({ counts: { resolved: 1 } });
    expect(second.channel.messages[0]?.alerts.filter(({ state }) => state === 'resolved')).toMatchObject([
      { id: 'slow{route="/b"}' },
    ]);
    expect(second.manager.silences()).toMatchObject([{ id: silence, by: 'ann' }]);
    const active = new Map(second.manager.alerts().map((alert) => [alert.id, alert]));
    expect(active.get('disk-full{host="a"}')).toMatchObject({
      acknowledgedBy: 'ann',
      count: 2,
      since: START,
    });
    expect(active.get('disk-full{host="silent"}')?.silencedBy).toEqual([silence]);
    second.manager.unsilence(silence);
    await second.clock.advanceAsync(600_000);
    const told = second.channel.messages
      .slice(1)
      .flatMap(({ alerts }) => alerts.map(({ labels }) => labels.host));
    expect(told).toContain('silent');
  });

  it('goes on with what the store holds, when that answers late', async () => {
    const store = new MemoryAlertStore({ clock: new VirtualClock(START) });
    const first = create({ store });
    await first.manager.start();
    first.manager.raise(FULL);
    await first.clock.advanceAsync(60_000);
    await first.settle(first.manager.stop());

    const load = store.load.bind(store);
    store.load = () => Promise.reject(new Error('away'));
    const second = create({ store });
    await second.settle(second.manager.start());
    expect(second.manager.alerts()).toEqual([]);
    store.load = load;
    await second.clock.advanceAsync(60_000);
    expect(second.manager.alerts()).toMatchObject([{ id: 'disk-full{host="a"}', since: START }]);
    second.manager.resolve('disk-full{host="a"}');
    await second.clock.advanceAsync(600_000);
    expect(second.channel.messages).toMatchObject([{ kind: 'resolved' }]);
    expect(second.errors).toEqual(['alert store: away']);
  });

  it('can be stopped and started again, and stops once', async () => {
    const { clock, channel, manager, settle } = create();
    await manager.start();
    manager.raise(FULL);
    const stopped = manager.stop();
    expect(manager.stop()).toBe(stopped);
    await settle(stopped);
    expect(manager.isRunning).toBe(false);
    expect(channel.messages).toHaveLength(1);
    manager.raise({ ...FULL, labels: { host: 'b' } });
    manager.resolve('disk-full{host="a"}');
    await clock.advanceAsync(600_000);
    expect(channel.messages).toHaveLength(1);
    await settle(manager.start());
    await clock.advanceAsync(600_000);
    const told = channel.messages
      .slice(1)
      .flatMap(({ alerts }) => alerts.map(({ id, state }) => `${state} ${id}`));
    expect(new Set(told)).toEqual(new Set(['firing disk-full{host="b"}', 'resolved disk-full{host="a"}']));
    await settle(manager.stop());
    expect(clock.pending).toBe(0);
  });

  it('turns a storm into few messages with right counts', async () => {
    const { clock, channel, manager } = create();
    await manager.start();
    for (let each = 0; each < 10_000; each++) manager.raise({ ...FULL, labels: { host: String(each) } });
    await clock.advanceAsync(60_000);
    expect(channel.messages.length).toBeLessThanOrEqual(2);
    expect(channel.messages.at(-1)?.counts).toEqual({ firing: 10_000, resolved: 0 });
    expect(manager.getStats()).toMatchObject({
      firing: { info: 0, warning: 10_000, critical: 0 },
      fired: 10_000,
      refused: 0,
      delivery: { accepted: 10_000, sent: 10_000, pending: 0, dead: 0, suppressed: 0 },
    });
  });

  it('tells what its channels do, in events, health, advice and snapshot', async () => {
    const { clock, channel, manager, events, errors } = create({ delivery: { deadline: '10m' } });
    await manager.start();
    expect(manager.healthCheck()).toMatchObject({ score: 100, status: 'healthy' });
    channel.fails = new DeliveryError('busy');
    manager.raise(FULL);
    await clock.advanceAsync(60_000);
    expect(events).toContain('delivery_failed');
    expect(manager.healthCheck()).toMatchObject({
      score: 20,
      status: 'critical',
      metrics: { failingChannels: 1 },
    });
    expect(manager.recommendations()).toMatchObject([
      {
        id: 'alerts:channel:pager',
        priority: 'critical',
        message: 'Mend the channel "pager", which takes no messages: busy',
      },
    ]);
    expect(manager.snapshot()).toMatchObject({
      isRunning: true,
      alerts: [{ id: 'disk-full{host="a"}' }],
      channels: [{ name: 'pager', kind: 'fake', description: 'to the test', error: 'busy' }],
    });
    expect(JSON.parse(JSON.stringify(manager.snapshot()))).toEqual(manager.snapshot());
    await clock.advanceAsync(1_200_000);
    expect(events).toContain('dead_letter');
    const [dead] = await manager.deadLetters();
    expect(dead).toMatchObject({ channel: 'pager', state: 'dead', error: 'busy' });
    channel.fails = undefined;
    await manager.retryDeadLetter(dead?.id ?? '');
    await clock.advanceAsync(600_000);
    expect(channel.messages.length).toBeGreaterThan(0);
    expect(manager.healthCheck().status).toBe('healthy');
    expect(await manager.deadLetters()).toEqual([]);
    await expect(manager.retryDeadLetter('none')).rejects.toThrow(UnknownNameError);
    await expect(manager.deadLetters({ limit: -1 })).rejects.toThrow('limit must be');
    expect(errors).toEqual([]);
  });

  it('escalates what nobody takes over', async () => {
    const boss = new FakeChannel('boss');
    const { clock, channel, manager, events } = create({
      delivery: { escalation: [{ after: '15m', channels: ['boss'] }] },
    });
    manager.addChannel(boss);
    await manager.start();
    manager.raise(FULL);
    manager.raise({ ...FULL, name: 'other' });
    await clock.advanceAsync(60_000);
    manager.acknowledge('disk-full{host="a"}', 'ann');
    await clock.advanceAsync(1_200_000);
    expect(channel.messages.length).toBeGreaterThan(0);
    expect(boss.messages.flatMap(({ alerts }) => alerts.map(({ name }) => name))).toEqual(['other']);
    expect(events.filter((type) => type === 'escalated')).toHaveLength(1);
  });

  it('sends tests, and says what is wrong with a channel', async () => {
    const { channel, manager } = create();
    await manager.sendTest('pager');
    expect(channel.messages).toMatchObject([{ kind: 'test' }]);
    channel.fails = new DeliveryError('no such token', { isPermanent: true });
    await expect(manager.sendTest('pager')).rejects.toThrow('no such token');
    await expect(manager.sendTest('other')).rejects.toThrow(UnknownNameError);
    expect(() => manager.addChannel(new FakeChannel())).toThrow(StateError);
    expect(manager.removeChannel('pager')).toBe(true);
    expect(manager.removeChannel('pager')).toBe(false);
    expect(() => manager.addChannel({} as Channel)).toThrow('channel must be an object with send(), got {}');
  });

  it('gives advice about alerts and rules that nobody hears of', async () => {
    const { clock, manager } = create({
      channels: [],
      flapping: { changes: 4 },
      rules: [{ kind: 'threshold', name: 'typo', metric: 'respnse-time', above: 1 }],
      maxAlerts: 2,
      maxSeries: 1,
    });
    await manager.start();
    manager.raise({ ...FULL, severity: 'critical', id: 'grave' });
    for (let round = 0; round < 3; round++) {
      manager.raise({ ...FULL, id: 'flaps' });
      manager.resolve('flaps');
    }
    expect(manager.recommendations().map(({ id }) => id)).toEqual([
      'alerts:no-channel',
      'alerts:flapping:flaps',
    ]);
    manager.raise({ ...FULL, id: 'more' });
    manager.observe('respnse-time', 0, { a: '1' });
    manager.removeRule('typo');
    manager.addRule({ kind: 'anomaly', name: 'typo', metric: 'cpu' });
    manager.addRule({ kind: 'threshold', name: 'ok', metric: 'm', above: 1 });
    manager.observe('m', 0, { a: '1' });
    manager.observe('m', 0, { a: '2' });
    await clock.advanceAsync(3_600_000);
    expect(manager.recommendations().map(({ id }) => id)).toEqual([
      'alerts:no-channel',
      'alerts:unacknowledged:grave',
      'alerts:unacknowledged:evenkeel-alerts-overflow',
      'alerts:unseen:typo',
      'alerts:refused',
      'alerts:series',
    ]);
    expect(manager.healthCheck()).toMatchObject({ score: 80, status: 'warning' });
  });

  it('says which channel a route names that is not there', async () => {
    const { manager, channel } = create({
      delivery: {
        routes: [{ channels: ['pagerr'], escalation: [{ after: '1h', channels: ['boss', 'pagerr'] }] }],
      },
    });
    await manager.start();
    const ids = () => manager.recommendations().map(({ id }) => id);
    expect(ids()).toEqual(['alerts:no-channel:pagerr', 'alerts:no-channel:boss']);
    manager.addChannel({ ...channel, name: 'pagerr', send: async () => {} });
    expect(ids()).toEqual(['alerts:no-channel:boss']);
    await manager.stop();
  });

  it('isolates what listeners do, even where they raise and resolve', async () => {
    const { clock, channel, manager, errors } = create();
    await manager.start();
    manager.on('alert', ({ id, name }) => {
      if (name === 'disk-full') manager.raise({ ...FULL, name: 'follows' });
      manager.resolve(id);
      throw new Error('listener');
    });
    manager.raise(FULL);
    expect(manager.alerts()).toEqual([]);
    expect(errors).toEqual(['listener of "alert": listener', 'listener of "alert": listener']);
    await clock.advanceAsync(60_000);
    expect(manager.getStats()).toMatchObject({ fired: 2, resolved: 2, delivery: { pending: 0 } });
    expect(channel.messages.length).toBeGreaterThan(0);
  });

  it('records its metrics', async () => {
    const values = new Map<string, number>();
    const collectors: (() => void)[] = [];
    const instrument = (name: string) => {
      const bound = (key: string) => ({
        inc: (by = 1) => void values.set(key, (values.get(key) ?? 0) + by),
        set: (value: number) => void values.set(key, value),
        add: () => {},
        observe: () => {},
      });
      return { ...bound(name), labels: (labels: object) => bound(`${name}${JSON.stringify(labels)}`) };
    };
    const meter: Meter = {
      ...noopMeter,
      counter: instrument,
      gauge: instrument,
      onCollect: (refresh) => {
        collectors.push(refresh);
        return () => {};
      },
    };
    const { clock, manager } = create({ meter, maxAlerts: 1 });
    await manager.start();
    manager.raise(FULL);
    manager.raise({ ...FULL, id: 'refused' });
    await clock.advanceAsync(60_000);
    manager.resolve('disk-full{host="a"}');
    for (const collect of [...collectors, ...collectors]) collect();
    expect(
      Object.fromEntries(
        [...values].filter(([name]) => /fired|resolved|active|refused|series|silences/.test(name)),
      ),
    ).toEqual({
      'evenkeel_alerts_fired_total{"severity":"warning"}': 1,
      'evenkeel_alerts_fired_total{"severity":"critical"}': 1,
      evenkeel_alerts_resolved_total: 1,
      'evenkeel_alerts_active{"severity":"info"}': 0,
      'evenkeel_alerts_active{"severity":"warning"}': 0,
      'evenkeel_alerts_active{"severity":"critical"}': 1,
      evenkeel_alerts_silences: 0,
      evenkeel_alerts_series: 0,
      evenkeel_alerts_series_dropped_total: 0,
      evenkeel_alerts_refused_total: 1,
    });
  });

  it.each([
    [null, 'AlertManager: options must be an object'],
    [{ maxAlert: 1 }, 'maxAlert must be absent (did you mean maxAlerts?)'],
    [{ channels: [{}] }, 'channels[0] must be an object with send()'],
    [{ rules: [{ kind: 'threshold', name: 'x', metric: 'm' }] }, 'rule "x": above must be given'],
    [{ maintenance: [{ name: 'x' }] }, 'maintenance window: window must be with both'],
    [{ flapping: true }, 'flapping must be'],
    [{ flapping: { changes: 1 } }, 'flapping.changes must be a number from 2 to 1000, got 1'],
    [{ evaluationInterval: 0 }, 'evaluationInterval must be'],
    [{ delivery: { groupWiat: 1 } }, 'groupWiat must be absent'],
    [{ store: {} }, 'store must be an object with load()'],
    [{ clock: {} }, 'clock must be an object with now()'],
  ])('refuses the options %j', (options, message) => {
    expect(() => new AlertManager(options as AlertManagerOptions)).toThrow(message);
  });
});

describe('deliverReport', () => {
  const REPORT = {
    subject: 'Report\r\nof the hour',
    text: '# Report',
    html: '<p>',
    severity: 'info',
  } as const;

  function createWithMail() {
    const mail = new FakeChannel('mail', 'email');
    const deaf = new FakeChannel('deaf', 'alertmanager', { takesReports: false });
    const created = create();
    created.manager.addChannel(mail);
    created.manager.addChannel(deaf);
    return { ...created, mail, deaf };
  }

  it('goes to channels by name, to addresses by mail, and to all that take reports', async () => {
    const { clock, manager, channel, mail, deaf } = createWithMail();
    await manager.start();
    await manager.deliverReport(REPORT, ['pager', 'a@example.org', 'b@example.org', 'a@example.org']);
    await manager.deliverReport(REPORT);
    await clock.advanceAsync(60_000);
    const whole = {
      kind: 'report',
      subject: 'Report of the hour',
      text: '# Report',
      html: '<p>',
      severity: 'info',
    };
    expect(channel.messages).toMatchObject([whole, whole]);
    expect(mail.messages).toMatchObject([
      { ...whole, recipients: ['a@example.org', 'b@example.org'] },
      whole,
    ]);
    expect(mail.messages[1]).not.toHaveProperty('recipients');
    expect(deaf.messages).toEqual([]);
  });

  it.each([
    [REPORT, ['nobody'], UnknownNameError, 'nobody'],
    [REPORT, ['deaf'], StateError, 'channel "deaf" takes no reports'],
    [{ ...REPORT, text: '' }, [], Error, 'text must be a non-empty string'],
    [undefined, [], Error, 'subject must be'],
    [REPORT, 'pager', Error, 'recipients must be a list'],
    [REPORT, new Array(1001).fill(0).map((_, index) => `${index}@example.org`), Error, 'at most 1000'],
  ])('refuses %#', async (report, recipients, kind, message) => {
    const { manager } = createWithMail();
    const delivered = manager.deliverReport(report as never, recipients as never);
    await expect(delivered).rejects.toThrow(kind);
    await expect(delivered).rejects.toThrow(message);
  });

  it('needs a channel that takes it', async () => {
    const { manager } = create({ channels: [] });
    await expect(manager.deliverReport(REPORT)).rejects.toThrow('there is no channel that takes reports');
    await expect(manager.deliverReport(REPORT, ['a@example.org'])).rejects.toThrow(UnknownNameError);
  });
});
