import { VirtualClock } from '@evenkeel/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AlertmanagerServer,
  alertmanagerIsInstalled,
  startAlertmanager,
} from '../../../../tools/alertmanager.ts';
import type { TrackedAlert } from '../../src/alert-state.ts';
import { alertmanagerChannel } from '../../src/channels/alertmanager-channel.ts';
import { alertId } from '../../src/labels/labels.ts';
import { HttpReceiver } from './http-receiver.ts';
import { alertOf, messageOf, NOON } from './message.ts';

const never = new AbortController().signal;

/* A busy machine and a real server. */
const PATIENCE = { timeout: 30_000, interval: 50 };

/** What Alertmanager tells its receivers. */
interface Notification {
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved';
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

interface KnownAlert {
  readonly labels: { readonly alertname: string };
}

describe.skipIf(!alertmanagerIsInstalled() && !process.env.CI)(
  'a real Alertmanager',
  { timeout: 60_000 },
  () => {
    let receiver: HttpReceiver;
    let server: AlertmanagerServer;
    beforeAll(async () => {
      receiver = await HttpReceiver.start();
      server = await startAlertmanager({
        route: { receiver: 'hook', group_by: ['service'], group_wait: '50ms', group_interval: '100ms' },
        receivers: [{ name: 'hook', webhook_configs: [{ url: receiver.url, send_resolved: true }] }],
      });
    }, 60_000);
    afterAll(async () => {
      await server?.stop();
      await receiver?.stop();
    });
    beforeEach(() => void receiver.requests.splice(0));

    /** An alert of a service of its own, so that tests do not meet. */
    function alertNow(service: string, changes: Partial<TrackedAlert> = {}): TrackedAlert {
      const labels = { service, ...changes.labels };
      const name = changes.name ?? 'slow';
      return alertOf({
        since: Date.now(),
        firedAt: Date.now(),
        ...changes,
        name,
        labels,
        id: alertId(name, labels),
      });
    }

    /** The last that was told of each alert of a service, by its name. */
    function told(service: string): Record<string, string> {
      const notifications = receiver.requests.map(({ body }): Notification => JSON.parse(body));
      return Object.fromEntries(
        notifications
          .filter(({ groupLabels }) => groupLabels.service === service)
          .flatMap(({ alerts }) => alerts.map(({ labels, status }) => [labels.alertname, status])),
      );
    }

    it('takes alerts, groups and resolves them', async () => {
      const channel = alertmanagerChannel({ url: server.url });
      const alerts = [
        alertNow('api', { name: 'a' }),
        alertNow('api', { name: 'b' }),
        alertNow('web', { name: 'c' }),
      ];
      await channel.send(messageOf({ alerts }), never);
      await vi.waitFor(() => {
        expect(told('api')).toEqual({ a: 'firing', b: 'firing' });
        expect(told('web')).toEqual({ c: 'firing' });
      }, PATIENCE);
      const query = new URLSearchParams({ filter: 'service="api"' });
      const known: KnownAlert[] = JSON.parse(
        await (await fetch(`${server.url}/api/v2/alerts?${query}`)).text(),
      );
      const byName = (a: KnownAlert, b: KnownAlert) => a.labels.alertname.localeCompare(b.labels.alertname);
      expect(known.sort(byName)).toMatchObject([
        { labels: { alertname: 'a', severity: 'critical' }, annotations: { summary: 'the p95 is 900 ms' } },
        { labels: { alertname: 'b', severity: 'critical' } },
      ]);

      const [first] = alerts;
      if (first === undefined) throw new Error('there are three');
      const resolved: TrackedAlert = { ...first, state: 'resolved', resolvedAt: Date.now() };
      await channel.send(messageOf({ kind: 'resolved', alerts: [resolved] }), never);
      await vi.waitFor(() => expect(told('api')).toEqual({ a: 'resolved', b: 'firing' }), PATIENCE);
      expect(told('web')).toEqual({ c: 'firing' });
    });

    it('resolves an alert of which it is not told again', async () => {
      const channel = alertmanagerChannel({ url: server.url, repeat: '1s' });
      await channel.send(messageOf({ alerts: [alertNow('short')] }), never);
      await vi.waitFor(() => expect(told('short')).toEqual({ slow: 'firing' }), PATIENCE);
      await vi.waitFor(() => expect(told('short')).toEqual({ slow: 'resolved' }), PATIENCE);
    });

    it('takes names and values of any characters', async () => {
      const strange = [
        '',
        ' ',
        '"',
        '\\',
        '\n',
        '\u0000',
        'é',
        '😀',
        '\ud800',
        '{}',
        '__name__',
        'a.b',
        'x'.repeat(2000),
      ];
      const alerts = strange.map((text, index) =>
        alertNow('strange', {
          name: `n${index}${text}`,
          message: text,
          labels: { [text]: text, 'other-label': text },
        }),
      );
      await alertmanagerChannel({ url: server.url }).send(messageOf({ alerts }), never);
      await vi.waitFor(
        () => expect(Object.values(told('strange'))).toEqual(strange.map(() => 'firing')),
        PATIENCE,
      );
    });

    it('takes a test', async () => {
      const channel = alertmanagerChannel({ url: `${server.url}/` });
      await channel.send(messageOf({ kind: 'test', alerts: [], counts: { firing: 0, resolved: 0 } }), never);
      await vi.waitFor(
        () => expect(receiver.requests.some(({ body }) => body.includes('EvenkeelTest'))).toBe(true),
        PATIENCE,
      );
    });
  },
);

describe('alertmanagerChannel', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function member(...answer: Parameters<typeof HttpReceiver.start>): Promise<HttpReceiver> {
    const started = await HttpReceiver.start(...answer);
    closing.push(() => started.stop());
    return started;
  }

  it('tells every member of a cluster, and one that listens is enough', async () => {
    const members = [
      await member(),
      await member((response) => response.writeHead(503).end()),
      await member(),
    ];
    const url = members.map((each) => `${each.url}/prefix/`);
    await alertmanagerChannel({ url, headers: { 'X-Scope-OrgID': 'a' } }).send(messageOf(), never);
    for (const { requests } of members)
      expect(requests).toMatchObject([{ path: '/prefix/api/v2/alerts', headers: { 'x-scope-orgid': 'a' } }]);
  });

  it('does not wait long for a member that hangs when another has listened', async () => {
    const clock = new VirtualClock(NOON);
    const hanging = await member(() => {});
    const listening = await member();
    const sending = alertmanagerChannel({ url: [hanging.url, listening.url], clock }).send(
      messageOf(),
      never,
    );
    // Until nothing but the two limits is waited for: of the member that hangs, and of the wait for it.
    await vi.waitFor(() => expect([hanging.requests.length, clock.pending]).toEqual([1, 2]), {
      timeout: 10_000,
    });
    clock.advance(1000);
    await sending;
    expect(clock.pending).toBe(0);
  });

  it('tells why nobody has listened; it is for good only if it is so for all', async () => {
    const refusing = await member((response) => response.writeHead(400).end('"bad alert"'));
    const busy = await member((response) => response.writeHead(429, { 'retry-after': '9' }).end());
    const send = (url: readonly string[]) => alertmanagerChannel({ url }).send(messageOf(), never);
    await expect(send([refusing.url, busy.url])).rejects.toMatchObject({
      message: expect.stringMatching(/status 400: "bad alert"; http.* status 429/),
      isPermanent: false,
      retryAfterMs: 9000,
    });
    await expect(send([refusing.url, refusing.url])).rejects.toMatchObject({
      isPermanent: true,
      status: 400,
    });
  });

  it('takes no reports', async () => {
    const channel = alertmanagerChannel({ url: 'http://127.0.0.1:1' });
    expect(channel).toMatchObject({ takesReports: false, repeatMs: 60_000, kind: 'alertmanager' });
    await expect(channel.send(messageOf({ kind: 'report' }), never)).rejects.toMatchObject({
      isPermanent: true,
    });
  });

  it.each<[object, RegExp]>([
    [{ url: [] }, /url must be an absolute http or https URL, or a list of them/],
    [{ url: ['http://ok', 'token-of-mine'] }, /url\[1\] must be an absolute http or https URL/],
    [{ url: 'http://ok', repeat: 10 }, /repeat must be .* of at least 1000 ms/],
    [
      { url: 'http://ok', header: { a: 'token-of-mine' } },
      /header must be absent \(did you mean headers\?\)/,
    ],
  ])('refuses %j', (options, expected) => {
    // @ts-expect-error: that is what is tested
    const create = () => alertmanagerChannel(options);
    expect(create).toThrow(expected);
    expect(create).not.toThrow('token-of-mine');
  });
});
