import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Channel, type Message, webhookChannel } from '@evenkeel/alerts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AlertInbox } from '../../src/alerts/alert-inbox.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

function message(id: string): Message {
  return {
    id,
    kind: 'firing',
    createdAt: Date.now(),
    severity: 'critical',
    groupLabels: {},
    alerts: [],
    counts: { firing: 1, resolved: 0 },
    level: 0,
    subject: `subject of ${id}`,
    text: `text of ${id}`,
  };
}

describe('AlertInbox', () => {
  let server: Server;
  let address: string;
  let inbox: AlertInbox;
  const received: Received[] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      received.push({ headers: request.headers, body });
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  beforeEach(() => {
    inbox = new AlertInbox();
    received.length = 0;
  });

  afterAll(async () => {
    server.close();
    server.closeAllConnections();
  });

  /** What comes over HTTP when a channel sends the message. */
  async function sent(channel: Channel, id: string): Promise<Received> {
    await channel.send(message(id), AbortSignal.timeout(30_000));
    const last = received.at(-1);
    if (!last) throw new Error('nothing came');
    return last;
  }

  it('believes what its own channel has signed, and takes it once, however often it comes', async () => {
    const { headers, body } = await sent(inbox.channel(address), 'one');
    inbox.receive(headers, body);
    inbox.receive(headers, body);
    expect(inbox.messages).toEqual([
      {
        id: 'one',
        receivedAt: expect.any(Number),
        kind: 'firing',
        severity: 'critical',
        subject: 'subject of one',
        text: 'text of one',
      },
    ]);
  });

  it('refuses what was changed on the way, and what another secret has signed', async () => {
    const { headers, body } = await sent(inbox.channel(address), 'one');
    const changed = Buffer.from(Buffer.from(body).toString().replace('subject of', 'no subject of'));
    const refusal = { code: 'WEBHOOK_SIGNATURE' };
    expect(() => inbox.receive(headers, changed)).toThrow(expect.objectContaining(refusal));
    const old = { ...headers, 'webhook-timestamp': '1000000000' };
    expect(() => inbox.receive(old, body)).toThrow(expect.objectContaining(refusal));
    const other = await sent(new AlertInbox().channel(address), 'two');
    expect(() => inbox.receive(other.headers, other.body)).toThrow(expect.objectContaining(refusal));
    const unsigned = await sent(webhookChannel({ url: address }), 'three');
    expect(() => inbox.receive(unsigned.headers, unsigned.body)).toThrow(expect.objectContaining(refusal));
    expect(inbox.messages).toEqual([]);
  });

  it('keeps the latest twenty', async () => {
    const channel = inbox.channel(address);
    for (let id = 1; id <= 25; id++) {
      const { headers, body } = await sent(channel, `message ${id}`);
      inbox.receive(headers, body);
    }
    expect(inbox.messages).toHaveLength(20);
    expect([inbox.messages[0]?.id, inbox.messages[19]?.id]).toEqual(['message 25', 'message 6']);
  });
});
