import { ConfigurationError, StateError, TimeoutError, UnknownNameError, VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { TrackedAlert } from '../../src/alert-state.ts';
import { type Channel, DeliveryError, type Message } from '../../src/channels/channel.ts';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.ts';
import { Notifier } from '../../src/delivery/notifier.ts';
import type { AlertStore, Delivery } from '../../src/store/alert-store.ts';
import { MemoryAlertStore } from '../../src/store/memory-store.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

type Answer = 'ok' | 'hang' | Error;

/** A receiver that answers as told and notes what it takes. */
class Receiver implements Channel {
  readonly kind = 'test';
  readonly description = 'a receiver';
  readonly taken: Message[] = [];
  tries = 0;
  isStopped = false;
  answer: Answer | ((message: Message) => Answer) = 'ok';
  readonly name: string;
  readonly repeatMs?: number;

  constructor(name: string, repeatMs?: number) {
    this.name = name;
    if (repeatMs !== undefined) this.repeatMs = repeatMs;
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    this.tries += 1;
    const answer = typeof this.answer === 'function' ? this.answer(message) : this.answer;
    if (answer === 'hang')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (answer instanceof Error) throw answer;
    this.taken.push(message);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }

  get subjects(): readonly string[] {
    return this.taken.map(({ subject }) => subject);
  }
}

interface Setting {
  readonly clock: VirtualClock;
  readonly notifier: Notifier;
  readonly dead: Delivery[];
  readonly errors: string[];
  readonly escalated: string[];
}

async function started(
  channels: readonly Channel[],
  delivery: DeliveryOptions = {},
  { clock = new VirtualClock(1_000_000), store }: { clock?: VirtualClock; store?: AlertStore } = {},
): Promise<Setting> {
  const dead: Delivery[] = [];
  const errors: string[] = [];
  const escalated: string[] = [];
  let id = 0;
  const notifier = new Notifier({
    clock,
    random: () => 0.5,
    newId: () => `m${++id}@${clock.now()}`,
    delivery,
    ...(store ? { store } : {}),
    events: {
      sent() {},
      failed() {},
      dead: (delivery) => void dead.push(delivery),
      escalated: (alert, level) => void escalated.push(`${alert.id} ${level}`),
      error: (source, thrown) =>
        void errors.push(`${source}: ${thrown instanceof Error ? thrown.message : thrown}`),
    },
  });
  for (const channel of channels) notifier.addChannel(channel);
  const starting = notifier.start();
  await clock.advanceAsync(0);
  await starting;
  return { clock, notifier, dead, errors, escalated };
}

function alert(id: string, overrides: Partial<TrackedAlert> = {}): TrackedAlert {
  return {
    id,
    name: 'slow',
    severity: 'warning',
    message: `${id} is slow`,
    since: 1_000_000,
    labels: { route: `/${id}` },
    state: 'firing',
    updatedAt: 1_000_000,
    firedAt: 1_000_000,
    count: 1,
    isFlapping: false,
    silencedBy: [],
    ...overrides,
  };
}

function fire(notifier: Notifier, id: string, overrides: Partial<TrackedAlert> = {}): void {
  notifier.accept({ kind: 'fired', alert: alert(id, overrides) });
}

function update(notifier: Notifier, id: string, overrides: Partial<TrackedAlert> = {}): void {
  notifier.accept({ kind: 'updated', alert: alert(id, overrides) });
}

function resolve(notifier: Notifier, id: string, overrides: Partial<TrackedAlert> = {}): void {
  notifier.accept({
    kind: 'resolved',
    alert: alert(id, { state: 'resolved', resolvedAt: 1_100_000, ...overrides }),
  });
}

function balance(notifier: Notifier): number {
  const { accepted, sent, pending, dead, suppressed } = notifier.stats();
  return accepted - sent - pending - dead - suppressed;
}

describe('grouping', () => {
  it('waits for more alerts of a group, and tells each group on its own', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail]);
    fire(notifier, 'a');
    await clock.advanceAsync(5 * SECOND);
    fire(notifier, 'b', { severity: 'critical' });
    fire(notifier, 'c', { name: 'down' });
    await clock.advanceAsync(4999);
    expect(mail.taken).toEqual([]);
    await clock.advanceAsync(1);
    expect(mail.taken).toMatchObject([
      {
        kind: 'firing',
        severity: 'critical',
        groupLabels: { name: 'slow' },
        counts: { firing: 2, resolved: 0 },
        alerts: [{ id: 'b' }, { id: 'a' }],
      },
    ]);
    await clock.advanceAsync(5 * SECOND);
    expect(mail.taken[1]).toMatchObject({
      groupLabels: { name: 'down' },
      counts: { firing: 1, resolved: 0 },
    });
    expect(notifier.stats()).toEqual({ accepted: 3, sent: 3, pending: 0, dead: 0, suppressed: 0 });
  });

  it('tells later news of a group together, the whole group listed, and its end', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail]);
    fire(notifier, 'a');
    await clock.advanceAsync(10 * SECOND);
    fire(notifier, 'b');
    await clock.advanceAsync(MINUTE);
    resolve(notifier, 'a');
    await clock.advanceAsync(4 * MINUTE - 1);
    expect(mail.taken).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(mail.taken[1]).toMatchObject({ kind: 'firing', counts: { firing: 1, resolved: 1 } });
    expect(mail.taken[1]?.alerts.map(({ id, state }) => [id, state])).toEqual([
      ['b', 'firing'],
      ['a', 'resolved'],
    ]);
    resolve(notifier, 'b');
    await clock.advanceAsync(5 * MINUTE);
    expect(mail.taken[2]).toMatchObject({ kind: 'resolved', counts: { firing: 0, resolved: 1 } });
    await clock.advanceAsync(24 * 60 * MINUTE);
    expect(mail.taken).toHaveLength(3);
  });

  it('tells also what was over before the first message', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail]);
    fire(notifier, 'a');
    resolve(notifier, 'a');
    await clock.advanceAsync(10 * SECOND);
    expect(mail.taken).toMatchObject([{ kind: 'resolved', counts: { firing: 0, resolved: 1 } }]);
    expect(notifier.stats()).toMatchObject({ accepted: 2, sent: 2 });
  });

  it('is quiet about updates, unless the alert gets graver, and reminds after the cool-down', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail], { repeatInterval: '1h' });
    fire(notifier, 'a');
    await clock.advanceAsync(10 * SECOND);
    update(notifier, 'a', { value: 7 });
    await clock.advanceAsync(30 * MINUTE);
    expect(mail.taken).toHaveLength(1);
    update(notifier, 'a', { severity: 'critical' });
    await clock.advanceAsync(10 * SECOND);
    expect(mail.taken[1]).toMatchObject({ severity: 'critical' });
    update(notifier, 'a', { severity: 'critical', value: 8 });
    await clock.advanceAsync(60 * MINUTE);
    expect(mail.taken[2]).toMatchObject({ kind: 'firing', alerts: [{ value: 8 }] });
    update(notifier, 'a', { severity: 'critical', acknowledgedBy: 'me' });
    await clock.advanceAsync(300 * MINUTE);
    expect(mail.taken).toHaveLength(3);
    expect(notifier.stats()).toEqual({ accepted: 5, sent: 2, pending: 0, dead: 0, suppressed: 3 });
  });

  it('says nothing of what is silenced or flapping, and of its end only to who knows of it', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail], { groupInterval: 0 });
    fire(notifier, 'a', { silencedBy: ['s'] });
    fire(notifier, 'b');
    update(notifier, 'b', { silencedBy: ['s'] });
    fire(notifier, 'c', { isFlapping: true });
    await clock.advanceAsync(MINUTE);
    expect(mail.taken).toEqual([]);
    expect(notifier.stats()).toEqual({ accepted: 4, sent: 0, pending: 0, dead: 0, suppressed: 4 });
    update(notifier, 'a');
    await clock.advanceAsync(MINUTE);
    expect(mail.taken).toMatchObject([{ counts: { firing: 1 }, alerts: [{ id: 'a' }] }]);
    update(notifier, 'a', { silencedBy: ['s'] });
    resolve(notifier, 'a', { silencedBy: ['s'] });
    resolve(notifier, 'b');
    await clock.advanceAsync(MINUTE);
    expect(mail.taken[1]).toMatchObject({ kind: 'resolved', alerts: [{ id: 'a' }] });
    expect(mail.taken).toHaveLength(2);
    expect(balance(notifier)).toBe(0);
  });

  it('turns an alarm storm into a bounded number of messages with right counts', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail], { maxGroups: 10 });
    for (let each = 0; each < 10_000; each++) {
      fire(notifier, `a${each}`, { name: `n${each}`, severity: each % 100 === 0 ? 'critical' : 'info' });
      if (each % 1000 === 0) await clock.advanceAsync(100);
    }
    await clock.advanceAsync(10 * MINUTE);
    expect(mail.taken).toHaveLength(11);
    expect(mail.taken.reduce((sum, { counts }) => sum + counts.firing, 0)).toBe(10_000);
    const rest = mail.taken.find(({ groupLabels }) => Object.keys(groupLabels).length === 0);
    expect(rest).toMatchObject({ counts: { firing: 9990 }, severity: 'critical' });
    expect(rest?.alerts).toHaveLength(50);
    expect(rest?.alerts.every(({ severity }) => severity === 'critical')).toBe(true);
    expect(rest?.text).toContain('and 9940 more');
    for (let each = 0; each < 10_000; each++) resolve(notifier, `a${each}`, { name: `n${each}` });
    await clock.advanceAsync(10 * MINUTE);
    expect(mail.taken).toHaveLength(22);
    expect(notifier.stats()).toEqual({ accepted: 20_000, sent: 20_000, pending: 0, dead: 0, suppressed: 0 });
  });
});

describe('routes', () => {
  it('go by matchers and severity, the first one alone unless it says otherwise', async () => {
    const [mail, pager, log] = [new Receiver('mail'), new Receiver('pager'), new Receiver('log')];
    const { clock, notifier } = await started([mail, pager, log], {
      groupWait: 0,
      routes: [
        { channels: ['log'], continue: true },
        { matchers: { route: '/pay*' }, severity: 'critical', channels: ['pager', 'mail'] },
        { severity: 'warning', channels: ['mail'] },
      ],
    });
    fire(notifier, 'pay1', { severity: 'critical' });
    fire(notifier, 'x', { name: 'x' });
    fire(notifier, 'y', { name: 'y', severity: 'info' });
    await clock.advanceAsync(SECOND);
    const ids = ({ taken }: Receiver) => taken.map(({ alerts }) => alerts[0]?.id).sort();
    expect([ids(pager), ids(mail), ids(log)]).toEqual([['pay1'], ['pay1', 'x'], ['pay1', 'x', 'y']]);
    // It is not grave any more, but whoever was told of it is told of its end.
    resolve(notifier, 'pay1', { severity: 'info' });
    await clock.advanceAsync(6 * MINUTE);
    expect([ids(pager), ids(mail), ids(log)].map((all) => all.filter((id) => id === 'pay1'))).toEqual([
      ['pay1', 'pay1'],
      ['pay1', 'pay1'],
      ['pay1', 'pay1'],
    ]);
    expect(balance(notifier)).toBe(0);
  });

  it('escalate what nobody acknowledges, and tell the end to all who were told', async () => {
    const [mail, pager, boss] = [new Receiver('mail'), new Receiver('pager'), new Receiver('boss')];
    const { clock, notifier, escalated } = await started([mail, pager, boss], {
      escalation: [
        { after: '15m', channels: ['pager'] },
        { after: '1h', channels: ['boss'] },
      ],
    });
    fire(notifier, 'a');
    fire(notifier, 'b', { name: 'other' });
    await clock.advanceAsync(14 * MINUTE);
    update(notifier, 'b', { name: 'other', acknowledgedBy: 'me' });
    expect(pager.taken).toEqual([]);
    await clock.advanceAsync(MINUTE);
    expect(pager.taken).toMatchObject([{ level: 1, alerts: [{ id: 'a' }] }]);
    expect(escalated).toEqual(['a 1']);
    await clock.advanceAsync(45 * MINUTE);
    expect(boss.taken).toMatchObject([{ level: 2, alerts: [{ id: 'a' }] }]);
    resolve(notifier, 'a');
    await clock.advanceAsync(5 * MINUTE);
    expect([mail, pager, boss].map(({ taken }) => taken.at(-1)?.kind)).toEqual([
      'resolved',
      'resolved',
      'resolved',
    ]);
    expect(balance(notifier)).toBe(0);
  });

  it('tell channels that want the state all alerts, at once and again and again', async () => {
    const state = new Receiver('state', MINUTE);
    const { clock, notifier } = await started([state]);
    for (let each = 0; each < 120; each++) fire(notifier, `a${each}`);
    await clock.advanceAsync(0);
    expect(state.taken.map(({ alerts, counts }) => [alerts.length, counts.firing])).toEqual([
      [50, 50],
      [50, 50],
      [20, 20],
    ]);
    resolve(notifier, 'a0');
    await clock.advanceAsync(0);
    expect(state.taken[3]).toMatchObject({ kind: 'resolved', alerts: [{ id: 'a0' }] });
    await clock.advanceAsync(MINUTE);
    const again = state.taken.slice(4).flatMap(({ alerts }) => alerts.map(({ id }) => id));
    expect(new Set(again).size).toBe(119);
    expect(again).not.toContain('a0');
    expect(notifier.stats()).toMatchObject({ accepted: 121, sent: 121 });
  });
});

describe('sending', () => {
  it('tries again with growing waits, and keeps what comes meanwhile for the next message', async () => {
    const mail = new Receiver('mail');
    mail.answer = new Error('away: https://hooks.test/T0/secret?x=1');
    const { clock, notifier, dead } = await started([mail], {
      groupWait: 0,
      groupInterval: 0,
      messagesPerMinute: 1000,
    });
    fire(notifier, 'a');
    await clock.advanceAsync(2 * MINUTE);
    const tries = mail.tries;
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(15);
    for (const id of ['b', 'c', 'd']) fire(notifier, id);
    mail.answer = 'ok';
    await clock.advanceAsync(6 * MINUTE);
    expect(mail.taken.map(({ counts }) => counts.firing)).toEqual([1, 4]);
    expect(mail.taken[0]?.id).not.toBe(mail.taken[1]?.id);
    expect(dead).toEqual([]);
    expect(notifier.stats()).toEqual({ accepted: 4, sent: 4, pending: 0, dead: 0, suppressed: 0 });
  });

  it('does not let a channel that hangs keep another waiting', async () => {
    const [stuck, mail] = [new Receiver('stuck'), new Receiver('mail')];
    stuck.answer = 'hang';
    const { clock, notifier } = await started([stuck, mail]);
    for (let minute = 0; minute < 10; minute++) {
      fire(notifier, `a${minute}`, { name: `n${minute}` });
      await clock.advanceAsync(MINUTE);
    }
    expect(mail.taken).toHaveLength(10);
    expect(stuck.tries).toBeGreaterThan(3);
    expect(notifier.stats()).toEqual({ accepted: 20, sent: 10, pending: 10, dead: 0, suppressed: 0 });
  });

  it('waits as long as the receiver asks for', async () => {
    const mail = new Receiver('mail');
    mail.answer = new DeliveryError('too many', { retryAfterMs: 90 * SECOND, status: 429 });
    const { clock, notifier } = await started([mail], { groupWait: 0 });
    fire(notifier, 'a');
    fire(notifier, 'b', { name: 'other' });
    await clock.advanceAsync(89 * SECOND);
    expect(mail.tries).toBe(1);
    mail.answer = 'ok';
    await clock.advanceAsync(2 * SECOND);
    expect(mail.taken).toHaveLength(2);
  });

  it('gives up at once what cannot help, and in time what does not help, and tries it again on demand', async () => {
    const mail = new Receiver('mail');
    mail.answer = new DeliveryError('no such mailbox', { isPermanent: true, status: 550 });
    const { clock, notifier, dead } = await started([mail], { groupWait: 0, deadline: '10m' });
    fire(notifier, 'a');
    await clock.advanceAsync(SECOND);
    expect(dead).toMatchObject([{ state: 'dead', error: 'no such mailbox', changes: 1, attempts: 1 }]);
    mail.answer = new Error('see https://user:word@hooks.test/T0/secret?x=1');
    fire(notifier, 'b', { name: 'other' });
    await clock.advanceAsync(10 * MINUTE);
    expect(dead[1]).toMatchObject({ error: 'see https://hooks.test/…', state: 'dead' });
    expect(notifier.stats()).toMatchObject({ accepted: 2, dead: 2, pending: 0 });
    expect((await notifier.deadLetters({ limit: 10 })).map(({ id }) => id)).toEqual([
      dead[1]?.id,
      dead[0]?.id,
    ]);

    mail.answer = 'ok';
    await expect(notifier.retryDeadLetter('x')).rejects.toThrow(UnknownNameError);
    const again = [notifier.retryDeadLetter(dead[0]?.id ?? ''), clock.advanceAsync(MINUTE)];
    await Promise.all(again);
    expect(mail.taken).toMatchObject([{ id: dead[0]?.message.id }]);
    expect(await notifier.deadLetters({ limit: 10 })).toHaveLength(1);
    expect(notifier.stats()).toEqual({ accepted: 3, sent: 1, pending: 0, dead: 2, suppressed: 0 });
  });

  it('keeps to the rate limit, the gravest first', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier } = await started([mail], { messagesPerMinute: 6 });
    for (let each = 0; each < 20; each++)
      fire(notifier, `a${each}`, { name: `n${each}`, severity: each === 19 ? 'critical' : 'info' });
    await clock.advanceAsync(10 * SECOND);
    expect(mail.taken).toHaveLength(6);
    expect(mail.taken[0]?.severity).toBe('critical');
    await clock.advanceAsync(60 * SECOND);
    expect(mail.taken).toHaveLength(12);
    await clock.advanceAsync(80 * SECOND);
    expect(mail.taken).toHaveLength(20);
  });

  it('lets one message find out whether a receiver is back', async () => {
    const mail = new Receiver('mail');
    mail.answer = new Error('away');
    const { clock, notifier } = await started([mail], { groupWait: 0, messagesPerMinute: 1000 });
    for (let each = 0; each < 50; each++) fire(notifier, `a${each}`, { name: `n${each}` });
    await clock.advanceAsync(10 * MINUTE);
    expect(mail.tries).toBeLessThan(60);
    mail.answer = 'ok';
    await clock.advanceAsync(6 * MINUTE);
    expect(mail.taken).toHaveLength(50);
    expect(balance(notifier)).toBe(0);
  });

  it('gives up in time what waits for a channel that is not there', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier, dead } = await started([mail], {
      groupWait: 0,
      routes: [{ channels: ['mail', 'chat'] }],
    });
    fire(notifier, 'a');
    await clock.advanceAsync(30 * MINUTE);
    expect(notifier.stats()).toMatchObject({ sent: 1, pending: 1 });
    const chat = new Receiver('chat');
    notifier.addChannel(chat);
    await clock.advanceAsync(0);
    expect(chat.taken).toHaveLength(1);
    expect(notifier.removeChannel('chat')).toBe(true);
    expect(notifier.removeChannel('chat')).toBe(false);
    resolve(notifier, 'a');
    await clock.advanceAsync(70 * MINUTE);
    expect(chat.isStopped).toBe(true);
    expect(dead).toMatchObject([{ channel: 'chat', error: 'there is no channel "chat"', changes: 1 }]);
    expect(notifier.stats()).toEqual({ accepted: 4, sent: 3, pending: 0, dead: 1, suppressed: 0 });
  });

  it('brings reports and tests, and refuses what it does not know', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier, dead } = await started([mail], { maxReports: 2, timeout: '3s' });
    const report = (id: string): Message => ({
      id,
      kind: 'report',
      createdAt: 1,
      severity: 'info',
      groupLabels: {},
      alerts: [],
      counts: { firing: 0, resolved: 0 },
      level: 0,
      subject: 'how it was',
      text: 'well',
      html: '<p>well',
      recipients: ['me@example.org'],
    });
    await expect(notifier.deliver(report('r'), ['mail', 'chat'])).rejects.toThrow(UnknownNameError);
    await Promise.all([notifier.deliver(report('r0'), ['mail']), clock.advanceAsync(0)]);
    expect(mail.taken).toEqual([report('r0')]);
    mail.answer = 'hang';
    const all = [1, 2, 3, 4].map((each) => notifier.deliver(report(`r${each}`), ['mail']));
    await Promise.all([...all, clock.advanceAsync(0)]);
    expect(dead.map(({ message }) => message.id)).toEqual(['r3', 'r4']);
    expect(notifier.stats()).toEqual({ accepted: 5, sent: 1, pending: 2, dead: 2, suppressed: 0 });

    await Promise.all([
      expect(notifier.sendTest('mail')).rejects.toThrow(TimeoutError),
      clock.advanceAsync(3000),
    ]);
    mail.answer = 'ok';
    await notifier.sendTest('mail');
    expect(mail.taken.at(-1)).toMatchObject({
      kind: 'test',
      subject: '[TEST] Messages of this channel arrive',
    });
    await expect(notifier.sendTest('chat')).rejects.toThrow('no channel is called "chat" (known: mail)');
    expect(() => notifier.addChannel(new Receiver('mail'))).toThrow(StateError);
    expect(() => notifier.addChannel(undefined as never)).toThrow(ConfigurationError);
    expect(() => notifier.addChannel({ ...new Receiver('x'), name: '' } as never)).toThrow(
      ConfigurationError,
    );
    expect(() => notifier.addChannel(new Receiver('x', 5))).toThrow(
      'channel.repeatMs must be a number of at least 1000',
    );
  });
});

describe('the store', () => {
  class Failing extends MemoryAlertStore {
    mode: 'ok' | 'fail' | 'hang' = 'ok';
    saves = 0;

    override async save(changes: Parameters<AlertStore['save']>[0]): Promise<void> {
      this.saves += 1;
      if (this.mode === 'hang') await new Promise(() => {});
      if (this.mode === 'fail') throw new Error('disk full');
      await super.save(changes);
    }

    override async load(): ReturnType<MemoryAlertStore['load']> {
      if (this.mode === 'hang') await new Promise(() => {});
      if (this.mode === 'fail') throw new Error('disk full');
      return await super.load();
    }
  }

  it('has each message before it is sent', async () => {
    const mail = new Receiver('mail');
    const store = new MemoryAlertStore();
    const kept: number[] = [];
    const { clock, notifier } = await started([mail], {}, { store });
    mail.answer = 'hang';
    fire(notifier, 'a');
    await clock.advanceAsync(0);
    kept.push((await store.load()).deliveries.length);
    fire(notifier, 'b');
    await clock.advanceAsync(10 * SECOND);
    const { alerts, deliveries } = await store.load();
    expect(kept).toEqual([1]);
    expect(alerts.map(({ id, told }) => [id, told])).toEqual([
      ['a', { severity: 'warning', level: 0 }],
      ['b', { severity: 'warning', level: 0 }],
    ]);
    expect(deliveries).toMatchObject([
      { state: 'pending', changes: 2, channel: 'mail', message: { counts: { firing: 2 } } },
    ]);
    mail.answer = 'ok';
    await clock.advanceAsync(MINUTE);
    expect((await store.load()).deliveries).toEqual([]);
  });

  it.each(['fail', 'hang'] as const)(
    'may %s: alerts go out, it is told once, and saved later',
    async (mode) => {
      const mail = new Receiver('mail');
      const store = new Failing();
      const { clock, notifier, errors } = await started([mail], { groupWait: 0 }, { store });
      store.mode = mode;
      fire(notifier, 'a');
      await clock.advanceAsync(5 * SECOND);
      expect(mail.taken).toHaveLength(1);
      fire(notifier, 'b', { name: 'other' });
      await clock.advanceAsync(10 * MINUTE);
      expect(mail.taken).toHaveLength(2);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toContain(mode === 'fail' ? 'disk full' : 'did not finish within 2000 ms');
      expect(store.saves).toBeLessThan(60);
      store.mode = 'ok';
      await clock.advanceAsync(MINUTE);
      expect((await store.load()).alerts.map(({ id }) => id)).toEqual(['a', 'b']);
      expect((await store.load()).deliveries).toEqual([]);
    },
  );

  it.each(['fail', 'hang'] as const)('may %s at the start, and what it holds is sent later', async (mode) => {
    const store = new Failing();
    const mail = new Receiver('mail');
    mail.answer = 'hang';
    const before = await started([mail], { groupWait: 0 }, { store });
    fire(before.notifier, 'a');
    await before.clock.advanceAsync(SECOND);
    await Promise.all([before.notifier.stop(), before.clock.advanceAsync(MINUTE)]);
    expect((await store.load()).deliveries).toHaveLength(1);

    store.mode = mode;
    const after = new Receiver('mail');
    const clock = before.clock;
    const notifier = new Notifier({
      store,
      clock,
      events: { sent() {}, failed() {}, dead() {}, escalated() {}, error() {} },
    });
    notifier.addChannel(after);
    const starting = notifier.start();
    await clock.advanceAsync(5 * SECOND);
    expect(await starting).toEqual({ alerts: [], silences: [] });
    store.mode = 'ok';
    await clock.advanceAsync(MINUTE);
    expect(after.taken).toMatchObject([{ alerts: [{ id: 'a' }] }]);
    expect(balance(notifier)).toBe(0);
  });

  it('tells a channel that wants the state of all alerts, however many had gathered when the process died', async () => {
    const died = new VirtualClock(1_000_000);
    const store = new MemoryAlertStore({ clock: died });
    const silent = new Receiver('state', MINUTE);
    silent.answer = 'hang';
    const before = await started([silent], {}, { clock: died, store });
    const ids = Array.from({ length: 130 }, (_, n) => `a${n}`);
    for (const id of ids) fire(before.notifier, id);
    await died.advanceAsync(SECOND);
    expect(silent.taken).toEqual([]);
    // Its time stands still from here on, as that of a process that was killed.
    const receiver = new Receiver('state', MINUTE);
    const { clock, notifier } = await started([receiver], {}, { clock: new VirtualClock(died.now()), store });
    await clock.advanceAsync(10 * SECOND);
    expect(receiver.taken.every(({ alerts }) => alerts.length <= 50)).toBe(true);
    const told = receiver.taken.flatMap(({ alerts }) => alerts.map(({ id }) => id));
    expect([...new Set(told)].sort()).toEqual(ids.sort());
    const { accepted, sent, pending } = notifier.stats();
    expect({ accepted, sent, pending }).toEqual({ accepted: 130, sent: 130, pending: 0 });
  });

  it('lets a restart go on: what was told is not told again, what was not is, also its end', async () => {
    const clock = new VirtualClock(1_000_000);
    const store = new MemoryAlertStore({ clock });
    const delivery: DeliveryOptions = { escalation: [{ after: '30m', channels: ['pager'] }] };
    const first = new Receiver('mail');
    const before = await started([first, new Receiver('pager')], delivery, { clock, store });
    fire(before.notifier, 'a');
    await clock.advanceAsync(20 * MINUTE);
    expect(first.taken).toHaveLength(1);
    first.answer = new Error('away');
    fire(before.notifier, 'b', { name: 'other', firedAt: clock.now() });
    await Promise.all([before.notifier.stop(), clock.advanceAsync(MINUTE)]);
    expect(first.isStopped).toBe(true);
    expect(clock.pending).toBe(0);
    expect(before.notifier.stats()).toMatchObject({ sent: 1, pending: 1 });

    const [mail, pager] = [new Receiver('mail'), new Receiver('pager')];
    const { notifier } = await started([mail, pager], delivery, { clock, store });
    await clock.advanceAsync(5 * MINUTE);
    expect(mail.taken).toMatchObject([{ alerts: [{ id: 'b' }] }]);
    expect(pager.taken).toEqual([]);
    await clock.advanceAsync(5 * MINUTE);
    expect(pager.taken).toMatchObject([{ level: 1, alerts: [{ id: 'a' }] }]);
    resolve(notifier, 'a');
    await clock.advanceAsync(10 * SECOND);
    expect(mail.taken[1]).toMatchObject({ kind: 'resolved', alerts: [{ id: 'a' }] });
    expect(notifier.stats()).toMatchObject({ pending: 1 });
    await clock.advanceAsync(6 * MINUTE);
    expect(pager.taken[1]).toMatchObject({ kind: 'resolved', alerts: [{ id: 'a' }] });
    expect(balance(notifier)).toBe(0);
  });
});

describe('start and stop', () => {
  it('send what gathers before the end, within the limit, and can be repeated', async () => {
    const [mail, stuck] = [new Receiver('mail'), new Receiver('stuck')];
    stuck.answer = 'hang';
    const { clock, notifier } = await started([mail, stuck], { stopTimeout: '2s' });
    fire(notifier, 'a');
    const stopping = notifier.stop();
    expect(notifier.stop()).toBe(stopping);
    await clock.advanceAsync(0);
    expect(mail.taken).toHaveLength(1);
    await clock.advanceAsync(2000);
    await stopping;
    expect(notifier.stats()).toEqual({ accepted: 2, sent: 1, pending: 1, dead: 0, suppressed: 0 });
    expect(clock.pending).toBe(0);
    stuck.answer = 'ok';
    await Promise.all([notifier.start(), clock.advanceAsync(6 * MINUTE)]);
    expect(stuck.taken).toHaveLength(1);
    expect(mail.taken).toHaveLength(1);
    expect(balance(notifier)).toBe(0);
  });

  it('hold back what comes before the start, and end without one', async () => {
    const mail = new Receiver('mail');
    const clock = new VirtualClock(1_000_000);
    const notifier = new Notifier({ clock, delivery: { groupWait: 0 } });
    notifier.addChannel(mail);
    fire(notifier, 'a');
    await clock.advanceAsync(MINUTE);
    expect(mail.taken).toEqual([]);
    await Promise.all([notifier.start(), clock.advanceAsync(0)]);
    expect(mail.taken).toHaveLength(1);
    await new Notifier().stop();
  });

  it('name what is wrong with the options', () => {
    const faults = (delivery: unknown) => () => new Notifier({ delivery: delivery as DeliveryOptions });
    expect(faults({ groupWait: 'soon' })).toThrow(
      "groupWait must be milliseconds or a string such as '250ms'",
    );
    expect(faults({ routes: [{ channel: 'x' }] })).toThrow(
      'routes[0].channel must be absent (did you mean channels?)',
    );
    expect(
      faults({
        escalation: [
          { after: 10, channels: ['a'] },
          { after: 5, channels: ['b'] },
        ],
      }),
    ).toThrow('escalation[1].after must be longer than that of the level before, got 5');
    expect(faults({ retryFirst: 10, retryLongest: 5 })).toThrow(
      'retryLongest must be no less than retryFirst, got 5',
    );
    expect(faults({ templates: { text: 'x' } })).toThrow('templates.text must be a function');
    expect(() => new Notifier({ store: {} as AlertStore })).toThrow('store must be an object with load()');
  });

  it('go on with the built-in words where a template fails', async () => {
    const mail = new Receiver('mail');
    const { clock, notifier, errors } = await started([mail], {
      groupWait: 0,
      templates: {
        subject: ({ counts }) => `${counts.firing} on fire`,
        text: () => {
          throw new Error('no words');
        },
      },
    });
    fire(notifier, 'a');
    fire(notifier, 'b', { name: 'other' });
    await clock.advanceAsync(SECOND);
    expect(mail.subjects).toEqual(['1 on fire', '1 on fire']);
    expect(mail.taken[0]?.text).toContain('a is slow');
    expect(errors).toEqual(['template "text": no words']);
  });
});
