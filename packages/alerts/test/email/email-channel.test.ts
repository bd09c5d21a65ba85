import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { VirtualClock } from '@evenkeel/core';
import { createTransport } from 'nodemailer';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Channel } from '../../src/channels/channel.ts';
import { DeliveryError } from '../../src/channels/channel.ts';
import { type EmailChannelOptions, emailChannel, type Mail } from '../../src/email/index.ts';
import { alertOf, messageOf, NOON } from '../channels/message.ts';
import { headersOf, partsOf, reply, SmtpReceiver } from './smtp-receiver.ts';

const never = new AbortController().signal;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function smtp(...options: Parameters<typeof SmtpReceiver.start>): Promise<SmtpReceiver> {
  const started = await SmtpReceiver.start(...options);
  closing.push(() => started.stop());
  return started;
}

function channelTo(port: number, options: Partial<EmailChannelOptions> = {}): Channel {
  const channel = emailChannel({
    smtp: { host: '127.0.0.1', port },
    from: 'Alerts <alerts@example.com>',
    to: 'ops@example.com',
    ...options,
  });
  closing.push(async () => channel.stop?.());
  return channel;
}

async function failureOf(sending: Promise<void>): Promise<DeliveryError> {
  const error: unknown = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  return error as DeliveryError;
}

describe('a mail', () => {
  it('has text and HTML, and says what it is', async () => {
    const server = await smtp();
    const message = messageOf({
      id: 'group-1.7',
      alerts: [alertOf({ message: 'täglich <b>900 ms</b> & mehr' })],
    });
    await channelTo(server.port, { to: ['Ops <ops@example.com>', 'dev@example.com'] }).send(message, never);

    const [mail] = server.mails;
    if (mail === undefined) throw new Error('no mail has come');
    expect(mail).toMatchObject({ from: 'alerts@example.com', to: ['ops@example.com', 'dev@example.com'] });
    expect(headersOf(mail)).toMatchObject({
      from: 'Alerts <alerts@example.com>',
      to: 'Ops <ops@example.com>, dev@example.com',
      'message-id': '<group-1.7@example.com>',
      'auto-submitted': 'auto-generated',
      'x-evenkeel-message': 'firing',
      importance: 'high',
    });
    const { 'text/plain': text, 'text/html': html } = partsOf(mail);
    expect(text?.trim().replaceAll('\r\n', '\n')).toBe(message.text);
    expect(html).toContain('täglich &lt;b&gt;900 ms&lt;/b&gt; &amp; mehr');
    expect(html).toContain('>CRITICAL</span> high-response-time</h2>');
    expect(html).toContain('<p style="margin:0 0 16px;">1 alert firing</p>');
  });

  it('shows own words, or the page of a report, for whom it is sent', async () => {
    const server = await smtp();
    const channel = channelTo(server.port);
    await channel.send(messageOf({ text: 'own <words>\nhere' }), never);
    const report = messageOf({
      kind: 'report',
      alerts: [],
      html: '<!doctype html><title>r</title>',
      text: '# Report',
    });
    await channel.send({ ...report, recipients: ['boss@example.com', 'Boss <BOSS@example.com>'] }, never);
    const [own, page] = server.mails.map(partsOf);
    expect(own?.['text/html']).toContain(
      '<div style="white-space:pre-wrap">own &lt;words&gt;\nhere</div>'.replaceAll('\n', '\r\n'),
    );
    expect(page?.['text/html']?.trim()).toBe('<!doctype html><title>r</title>');
    expect(page?.['text/plain']?.trim()).toBe('# Report');
    expect(server.mails[1]?.to).toEqual(['boss@example.com']);
  });

  it('keeps its connection for the next one', async () => {
    const server = await smtp();
    const channel = channelTo(server.port);
    for (const id of ['1', '2', '3']) await channel.send(messageOf({ id }), never);
    expect(server.mails).toHaveLength(3);
    expect(server.connections).toBe(1);
    await channel.stop?.();
    await channel.stop?.();
  });

  it('takes another connection where the server has closed the last', async () => {
    const server = await smtp();
    const channel = channelTo(server.port);
    await channel.send(messageOf({ id: '1' }), never);
    await server.hangUp();
    await channel.send(messageOf({ id: '2' }), never);
    expect(server.mails).toHaveLength(2);
    expect(server.connections).toBe(2);
  });

  it('takes no header, recipient or file from a text', async () => {
    const server = await smtp();
    const evil = 'x\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>';
    const alert = alertOf({ name: evil, message: evil, labels: { [evil]: evil } });
    const channel = channelTo(server.port, { from: '"Alerts, Inc." <alerts@example.com>' });
    await channel.send(messageOf({ id: evil, alerts: [alert] }), never);
    await channel.send(messageOf({ id: evil, subject: evil, text: evil }), never);
    expect(server.mails.map(({ to }) => to)).toEqual([['ops@example.com'], ['ops@example.com']]);
    for (const mail of server.mails) {
      expect(headersOf(mail)).not.toHaveProperty('bcc');
      expect(headersOf(mail).from).toBe('"Alerts, Inc." <alerts@example.com>');
      expect(partsOf(mail)['text/html']).not.toContain('<script>');
    }
  });

  it('goes through login and TLS', async () => {
    const server = await smtp({
      authOptional: false,
      disabledCommands: [],
      onAuth({ username, password }, _session, done) {
        if (password === 'pässword') done(null, { user: username ?? '' });
        else done(reply(535, 'no such user'));
      },
    });
    const options = {
      host: '127.0.0.1',
      port: server.port,
      requireTLS: true,
      tls: { rejectUnauthorized: false },
      auth: { user: 'me', pass: 'pässword' },
    };
    await channelTo(server.port, { smtp: options }).send(messageOf(), never);
    expect(server.mails).toMatchObject([{ user: 'me', isSecure: true }]);

    // The certificate of the server is nobody's: where it is checked, nothing is said.
    const checked = await failureOf(
      channelTo(server.port, { smtp: { ...options, tls: {} } }).send(messageOf(), never),
    );
    expect(checked).toMatchObject({ isPermanent: false });
    expect(server.mails).toHaveLength(1);

    const url = `smtp://me:wr0ng%2Fpass@127.0.0.1:${server.port}?tls.rejectUnauthorized=false`;
    const refused = await failureOf(channelTo(server.port, { smtp: url }).send(messageOf(), never));
    expect(refused).toMatchObject({ isPermanent: true, status: 535 });
    expect(inspect(refused, { showHidden: true, depth: 9 })).not.toContain('wr0ng');
  });

  it('goes through a transporter that is there already, and leaves it open', async () => {
    const mails: unknown[] = [];
    const transport = createTransport({ jsonTransport: true });
    const close = vi.spyOn(transport, 'close');
    const send = transport.sendMail.bind(transport);
    const channel = emailChannel({
      transport: { sendMail: async (mail: Mail) => mails.push((await send(mail)).message) },
      from: 'alerts@example.com',
      to: 'ops@example.com',
    });
    await channel.send(messageOf(), never);
    await channel.stop?.();
    expect(mails).toHaveLength(1);
    expect(close).not.toHaveBeenCalled();
    expect(channel.description).toBe('ops@example.com by the given transport');
    // A transporter of nodemailer's is one, as it is.
    emailChannel({ transport, from: 'alerts@example.com', to: 'ops@example.com' });
  });
});

describe('a refusal', () => {
  it.each([
    ['for now, of the sender', 451, false],
    ['for good, of the sender', 550, true],
    ['of the session', 503, false],
  ])('%s', async (_what, code, isPermanent) => {
    const server = await smtp({ onMailFrom: (_address, _session, done) => done(reply(code, 'not you')) });
    const error = await failureOf(channelTo(server.port).send(messageOf(), never));
    expect(error).toMatchObject({ code: 'DELIVERY', isPermanent, status: code });
    expect(error.message).toContain('not you');
  });

  it.each([
    [452, false],
    [554, true],
  ])('of the content with %i', async (code, isPermanent) => {
    const server = await smtp({
      onData: (stream, _session, done) => {
        stream.resume().on('end', () => done(reply(code, 'not this')));
      },
    });
    expect(await failureOf(channelTo(server.port).send(messageOf(), never))).toMatchObject({
      isPermanent,
      status: code,
    });
  });

  it('of all addresses names them', async () => {
    const server = await smtp({ onRcptTo: (_address, _session, done) => done(reply(550, 'no such user')) });
    const channel = channelTo(server.port, { to: ['a@example.com', 'b@example.com', 'A@EXAMPLE.com'] });
    const error = await failureOf(channel.send(messageOf(), never));
    expect(error).toMatchObject({ isPermanent: true, status: 550 });
    expect(error.message).toMatch(
      /^sent to 0 of 2 addresses; refused: a@example.com \(.*no such user.*\), b@example.com \(/,
    );
  });

  it('of some addresses is told, and the others get the mail once', async () => {
    let greylisted = 2;
    const server = await smtp({
      onRcptTo: ({ address }, _session, done) => {
        if (address === 'gone@example.com') return done(reply(550, 'no such user'));
        if (address.startsWith('later@') && greylisted-- > 0) return done(reply(450, 'try again'));
        return done();
      },
    });
    const channel = channelTo(server.port, {
      to: ['ops@example.com', 'gone@example.com', 'later@exämple.com'],
    });
    const errors = [];
    for (let attempt = 0; attempt < 4; attempt++)
      errors.push(await failureOf(channel.send(messageOf(), never)));
    expect(errors.map(({ isPermanent }) => isPermanent)).toEqual([false, false, true, true]);
    expect(errors[0]?.message).toMatch(/^sent to 1 of 3 addresses; refused: gone@example.com .*, later@/);
    expect(errors[2]?.message).toMatch(
      /^sent to 2 of 3 addresses; refused: gone@example.com \(.*no such user/,
    );
    expect(server.mails.map(({ to }) => to)).toEqual([['ops@example.com'], ['later@exämple.com']]);
  });
});

describe('a server that is not there', () => {
  async function rawServer(accept: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      accept(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    });
    return (server.address() as AddressInfo).port;
  }

  it('is told by its address', async () => {
    const server = await SmtpReceiver.start();
    await server.stop();
    const error = await failureOf(channelTo(server.port).send(messageOf(), never));
    expect(error).toMatchObject({ isPermanent: false, status: undefined });
    expect(error.message).toMatch(/^127\.0\.0\.1 did not take the mail: .*ECONNREFUSED/);
  });

  it('is given up when it says nothing, and hung up on', async () => {
    const clock = new VirtualClock(NOON);
    let hungUp: Promise<unknown> | undefined;
    const port = await rawServer((socket) => {
      hungUp = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
    });
    const failing = failureOf(channelTo(port, { clock, timeout: '5s' }).send(messageOf(), never));
    await vi.waitFor(() => expect(hungUp).toBeDefined(), { timeout: 10_000 });
    clock.advance(5000);
    expect(await failing).toMatchObject({ isPermanent: false });
    expect((await failing).message).toContain('within 5000 ms');
    await hungUp;
  });

  it('may come back when it hangs up in the middle', async () => {
    const port = await rawServer((socket) => {
      socket.write('220 hello\r\n');
      socket.once('data', () => socket.destroy());
    });
    expect(await failureOf(channelTo(port).send(messageOf(), never))).toMatchObject({ isPermanent: false });
  });
});

describe('options of emailChannel', () => {
  const SECRET = 'hunter2hunter2';

  it('are never shown', () => {
    for (const smtp of [
      `smtps://user:${SECRET}@mail.example.com`,
      { host: 'mail.example.com', auth: { user: 'user', pass: SECRET } },
    ]) {
      const channel = emailChannel({ smtp, from: 'a@example.com', to: 'b@example.com' });
      expect(channel.description).toBe('b@example.com by mail.example.com');
      for (const shown of [inspect(channel, { showHidden: true, depth: 9 }), JSON.stringify(channel)])
        expect(shown).not.toContain(SECRET);
    }
  });

  it('are hidden in what a server says', async () => {
    const login = Buffer.from(`\u0000user\u0000${SECRET}`).toString('base64');
    const server = await smtp({
      authOptional: false,
      authMethods: ['PLAIN'],
      onAuth: (_auth, _session, done) => done(reply(535, `bad login ${SECRET} ${login}`)),
    });
    const auth = { user: 'user', pass: SECRET };
    const channel = channelTo(server.port, { smtp: { host: '127.0.0.1', port: server.port, auth } });
    const shown = inspect(await failureOf(channel.send(messageOf(), never)), { showHidden: true, depth: 9 });
    expect(shown).toContain('bad login [hidden]');
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain(login);
  });

  it.each<[string, object, RegExp]>([
    ['no server', {}, /smtp must be an SMTP server/],
    ['a URL of another protocol', { smtp: `http://u:${SECRET}@x` }, /smtp must be an SMTP server/],
    [
      'both',
      { smtp: `smtp://u:${SECRET}@x`, transport: { sendMail() {} } },
      /smtp must be absent where there is a transport/,
    ],
    ['a URL within that is none', { smtp: { url: `u:${SECRET}@x` } }, /smtp must be an SMTP server/],
    ['a login that is a text', { smtp: { host: 'x', auth: SECRET } }, /smtp must be an SMTP server/],
    ['no transport', { transport: { pass: SECRET } }, /transport must be an object with sendMail\(\)/],
    ['a misspelt option', { transprot: SECRET }, /transprot must be absent \(did you mean transport\?\)/],
    ['no sender', { smtp: 'smtp://x', from: undefined }, /from must be an address/],
    ['two senders', { smtp: 'smtp://x', from: 'a@x.org, b@x.org' }, /from must be an address/],
    [
      'a header in the sender',
      { smtp: 'smtp://x', from: 'a@x.org\r\nBcc: b@x.org' },
      /from must be an address/,
    ],
    ['nobody', { smtp: 'smtp://x', to: [] }, /to must be a list of at least one address/],
    [
      'a recipient without a domain',
      { smtp: 'smtp://x', to: ['a@x.org', 'ops'] },
      /to\[1\] must be an address/,
    ],
    ['null', { smtp: null, to: null }, /smtp must be(?:.|\n)*to must be an address/],
  ])('are refused: %s', (_what, options, expected) => {
    const create = () => emailChannel({ from: 'a@example.com', to: 'b@example.com', ...options });
    expect(create).toThrow(expected);
    expect(create).not.toThrow(SECRET);
  });

  it.each([undefined, null, 'smtp://user:hunter2hunter2@x'])('%j are none', (options) => {
    // @ts-expect-error: that is what is tested
    const create = () => emailChannel(options);
    expect(create).toThrow(/^emailChannel:/);
    expect(create).not.toThrow(SECRET);
  });

  it('of a message: bad addresses are refused for good', async () => {
    const sendMail = vi.fn();
    const channel = emailChannel({ transport: { sendMail }, from: 'a@example.com', to: 'b@example.com' });
    for (const recipients of [
      ['ok@example.com', 'x@y, z@y'],
      Array.from({ length: 1001 }, (_, index) => `u${index}@example.com`),
    ])
      expect(await failureOf(channel.send(messageOf({ recipients }), never))).toMatchObject({
        isPermanent: true,
      });
    expect(sendMail).not.toHaveBeenCalled();
  });
});
