import { VirtualClock } from '@evenkeel/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { webhookChannel } from '../../src/channels/webhook-channel.ts';
import { verifyWebhook, webhookHeaders } from '../../src/channels/webhook-signature.ts';
import { hostileText } from './hostile-text.ts';
import { HttpReceiver } from './http-receiver.ts';
import { alertOf, messageOf, NOON } from './message.ts';

const never = new AbortController().signal;
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'another secret of more than 24 bytes';

let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await HttpReceiver.start();
});
beforeEach(() => void receiver.requests.splice(0));
afterAll(() => receiver.stop());

const clock = new VirtualClock(NOON);

async function received(
  options: Partial<Parameters<typeof webhookChannel>[0]> = {},
  message = messageOf(),
): Promise<HttpReceiver['requests'][number]> {
  await webhookChannel({ url: receiver.url, clock, ...options }).send(message, never);
  const request = receiver.requests.at(-1);
  if (request === undefined) throw new Error('nothing was received');
  return request;
}

describe('webhookChannel', () => {
  it('posts the whole message as JSON', async () => {
    const message = messageOf({ recipients: ['somebody'] });
    const request = await received({ headers: { 'X-Team': 'ops' } }, message);
    const { recipients: _recipients, ...data } = message;
    expect(request).toMatchObject({ method: 'POST', path: '/' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'x-team': 'ops',
      'webhook-id': 'm1',
    });
    expect(request.headers).not.toHaveProperty('webhook-signature');
    expect(JSON.parse(request.body)).toEqual({
      type: 'alerts.firing',
      timestamp: '2026-03-01T12:00:00.000Z',
      data,
    });
  });

  it.each([
    ['firing', 'alerts.firing'],
    ['resolved', 'alerts.resolved'],
    ['report', 'report'],
    ['test', 'test'],
  ] as const)('calls %s %s', async (kind, type) => {
    expect(JSON.parse((await received({}, messageOf({ kind }))).body)).toMatchObject({ type });
  });

  it('sends what it can of evidence that JSON has not', async () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const bodies = [];
    for (const evidence of [{ rows: 7n }, cycle]) {
      const request = await received({}, messageOf({ alerts: [alertOf({ evidence })] }));
      bodies.push(JSON.parse(request.body).data.alerts[0]);
    }
    expect(bodies[0].evidence).toEqual({ rows: '7' });
    expect(bodies[1]).toMatchObject({ name: 'high-response-time' });
    expect(bodies[1]).not.toHaveProperty('evidence');
  });

  it('signs so that a receiver can verify, with each of several secrets', async () => {
    const { headers, body } = await received({ secret: [SECRET, OTHER] });
    for (const secret of [SECRET, OTHER, ['a third secret of the receiver', OTHER]])
      expect(verifyWebhook({ secret, headers, body, now: NOON })).toEqual(JSON.parse(body));
    const asHeaders = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expect(
      verifyWebhook({ secret: SECRET, headers: asHeaders, body: Buffer.from(body), now: NOON }).type,
    ).toBe('alerts.firing');
  });

  it('gives each try its own time and the same id', async () => {
    const first = await received({ secret: SECRET });
    const later = new VirtualClock(NOON + 3_600_000);
    const second = await received({ secret: SECRET, clock: later });
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(second.body).toBe(first.body);
    expect(
      verifyWebhook({ secret: SECRET, headers: second.headers, body: second.body, now: later.now() }),
    ).toBeDefined();
  });

  it('takes ids of any characters', async () => {
    const { headers, body } = await received({ secret: SECRET }, messageOf({ id: 'a.b é\r\nx: y\ud800' }));
    expect(headers['webhook-id']).toBe('a%2Eb%20%C3%A9%0D%0Ax%3A%20y');
    expect(headers).not.toHaveProperty('x');
    expect(verifyWebhook({ secret: SECRET, headers, body, now: NOON }).data.kind).toBe('firing');
  });
});

describe('verifyWebhook', () => {
  it('agrees with the example of Standard Webhooks', () => {
    const body = '{"test": 2432232314}';
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    expect(verifyWebhook({ secret: SECRET, headers, body, now: 1_614_265_330_000 })).toEqual({
      test: 2432232314,
    });
  });

  const body = '{"type":"test"}';
  const headers = {
    ...webhookHeaders([Buffer.from(SECRET.slice('whsec_'.length), 'base64')], 'm1', NOON, body),
  };
  const genuine = { secret: SECRET, headers, body, now: NOON };

  it.each<[string, Partial<Parameters<typeof verifyWebhook>[0]>]>([
    ['another secret', { secret: OTHER }],
    ['another body', { body: `${body} ` }],
    ['a time long ago', { now: NOON + 300_001 }],
    ['a time to come', { now: NOON - 300_001 }],
    ['a narrower tolerance', { now: NOON + 2000, tolerance: '1s' }],
    ['another id', { headers: { ...headers, 'webhook-id': 'm2' } }],
    ['another time', { headers: { ...headers, 'webhook-timestamp': String(NOON / 1000 + 1) } }],
    ['a time that is none', { headers: { ...headers, 'webhook-timestamp': '1e9' } }],
    ['no signature', { headers: { ...headers, 'webhook-signature': undefined } }],
    ['no headers', { headers: {} }],
    ['a signature of another version', { headers: { ...headers, 'webhook-signature': 'v1a,AAAA' } }],
  ])('refuses %s', (_what, changes) => {
    expect(verifyWebhook(genuine)).toEqual({ type: 'test' });
    expect(() => verifyWebhook({ ...genuine, ...changes })).toThrow(
      expect.objectContaining({ code: 'WEBHOOK_SIGNATURE' }),
    );
  });

  it('refuses whatever is changed', () => {
    fc.assert(
      fc.property(hostileText(), fc.nat(), fc.string({ minLength: 1 }), (text, at, insertion) => {
        const signed = { ...webhookHeaders([Buffer.from(OTHER)], 'm', NOON, text) };
        const changed = text.slice(0, at) + insertion + text.slice(at);
        expect(() => verifyWebhook({ secret: OTHER, headers: signed, body: changed, now: NOON })).toThrow(
          expect.objectContaining({ code: 'WEBHOOK_SIGNATURE' }),
        );
      }),
    );
  });

  it('names bad options without showing the secret', () => {
    // @ts-expect-error: that is what is tested
    expect(() => verifyWebhook({ secret: 's3cret', headers: 5, body: 7 })).toThrow(
      /secret must(?:.|\n)*headers must(?:.|\n)*body must/,
    );
    expect(() => verifyWebhook({ ...genuine, secret: 's3cret' })).not.toThrow('s3cret');
    // @ts-expect-error: that is what is tested
    expect(() => verifyWebhook()).toThrow('verifyWebhook');
  });
});
