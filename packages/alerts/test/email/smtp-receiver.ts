import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, vi } from 'vitest';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly isSecure: boolean;
  /** As it came over the wire. */
  readonly raw: string;
}

/** A real SMTP server that keeps the mails it takes. */
export class SmtpReceiver {
  readonly mails: ReceivedMail[] = [];
  readonly port: number;
  connections = 0;
  readonly #server: SMTPServer;

  /** Starts one on a free port of the loopback interface; without login and TLS, unless `options` say otherwise. */
  static async start(options: SMTPServerOptions = {}): Promise<SmtpReceiver> {
    const mails: ReceivedMail[] = [];
    let receiver: SmtpReceiver | undefined;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onConnect(_session, done) {
        if (receiver) receiver.connections += 1;
        done();
      },
      onData(stream, session, done) {
        let raw = '';
        stream.setEncoding('utf8');
        stream.on('data', (chunk: string) => {
          raw += chunk;
        });
        stream.on('end', () => {
          const { mailFrom, rcptTo } = session.envelope;
          mails.push({
            from: mailFrom === false ? '' : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            user: session.user === undefined ? undefined : String(session.user),
            isSecure: session.secure,
            raw,
          });
          done();
        });
      },
      ...options,
    });
    // Clients that hang up in the middle are what some tests are about.
    server.on('error', () => {});
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    receiver = new SmtpReceiver(server, mails, (listening.address() as AddressInfo).port);
    return receiver;
  }

  private constructor(server: SMTPServer, mails: ReceivedMail[], port: number) {
    this.#server = server;
    this.mails = mails;
    this.port = port;
  }

  /** Closes what is open, as servers do with those that say nothing. */
  async hangUp(): Promise<void> {
    for (const connection of this.#server.connections) connection.close();
    await vi.waitFor(() => expect(this.#server.connections.size).toBe(0), { timeout: 15_000 });
  }

  async stop(): Promise<void> {
    for (const connection of this.#server.connections) connection.close();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** A refusal with an SMTP reply code. */
export function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** The headers of a mail, unfolded, by lower-case name. */
export function headersOf({ raw }: ReceivedMail): Readonly<Record<string, string>> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]/g, ' ');
  return Object.fromEntries(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

/** The parts of a mail by their media type, decoded. */
export function partsOf(mail: ReceivedMail): Readonly<Record<string, string>> {
  const boundary = /boundary="([^"]+)"/.exec(headersOf(mail)['content-type'] ?? '')?.[1];
  const parts = mail.raw.split(`--${boundary}`).slice(1, -1);
  return Object.fromEntries(
    parts.map((part) => {
      const headers = headersOf({ ...mail, raw: part.trimStart() });
      const content = part.slice(part.indexOf('\r\n\r\n') + 4);
      return [
        headers['content-type']?.split(';')[0] ?? '',
        decode(content, headers['content-transfer-encoding']),
      ];
    }),
  );
}

function decode(content: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString();
  if (encoding !== 'quoted-printable') return content;
  const bytes = content
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
