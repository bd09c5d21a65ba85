import { domainToASCII } from 'node:url';
import { type Clock, callWithTimeout, type Duration, option, systemClock } from '@evenkeel/core';
import { createTransport, type SMTPPoolOptions } from 'nodemailer';
import { type Channel, DeliveryError, type Message } from '../channels/channel.ts';
import { readPrivateOptions } from '../channels/private-options.ts';
import { Secrets } from '../channels/secrets.ts';
import { MAX_SUBJECT_LENGTH } from '../templates/default-words.ts';
import { oneLine } from '../templates/plain-text.ts';
import { type Mailbox, mailbox, mailboxes, readMailbox } from './address.ts';
import { emailPage } from './email-page.ts';
import { mailError, type Rejection, rejectionError, rejectionsOf } from './mail-error.ts';
import { hostOf, secretsOf, smtpObject, smtpOptions } from './smtp-options.ts';

/** What sends a mail: a transporter of nodemailer's, whatever its transport. */
export interface MailTransport {
  sendMail(mail: Mail): Promise<unknown>;
}

/** A mail as nodemailer takes it. */
export interface Mail {
  readonly from: Mailbox;
  readonly to: Mailbox[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly headers: Record<string, string>;
  readonly disableFileAccess: true;
  readonly disableUrlAccess: true;
  readonly signal: AbortSignal;
}

/** Options of {@link emailChannel}: either `smtp` or `transport`. */
export interface EmailChannelOptions {
  /**
   * The server: `smtps://user:password@smtp.example.com`, or nodemailer's SMTP options (`host`, `port`, `secure`,
   * `requireTLS`, `tls`, `auth`, …). Connections are kept for the next mail, and closed after 30 s without one.
   */
  readonly smtp?: string | SMTPPoolOptions;
  /** A transporter that exists already; it is not closed by the channel. */
  readonly transport?: MailTransport;
  /** `Alerts <alerts@example.com>` */
  readonly from: string;
  /** Who gets alerts, and reports that name nobody else. */
  readonly to: string | readonly string[];
  /** @defaultValue 'email' */
  readonly name?: string;
  /** How long the sending of a mail may take, in ms. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Sends each message as a mail of plain text and HTML, by nodemailer. A mail that some of its addresses refuse for now
 * is sent to these again; those that refuse it for good are named in the error.
 *
 * @throws ConfigurationError for bad options; it does not show what was given for the server
 */
export function emailChannel(options: EmailChannelOptions): Channel {
  return new EmailChannel(options);
}

/* A server that says nothing must not hold a connection: below the time a whole mail may take. */
const CONNECTION = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000 };

/* Mails that are being tried again because some addresses refused them. */
const MAX_PARTLY_SENT = 100;

/* A server that takes fewer at once (RFC 5321 asks for 100) refuses the rest for now, and they get it with the next try. */
const MAX_RECIPIENTS = 1000;
const MAX_SHOWN = 3;

class EmailChannel implements Channel {
  readonly name: string;
  readonly kind = 'email';
  readonly description: string;
  readonly #transport: MailTransport;
  readonly #close: () => void;
  readonly #host: string;
  readonly #secrets: Secrets;
  readonly #from: Mailbox;
  readonly #to: readonly Mailbox[];
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  /** By message, the addresses that have it already. */
  readonly #taken = new Map<string, ReadonlySet<string>>();

  constructor(options: EmailChannelOptions) {
    const { smtp, transport, from, to, name, timeout, clock } = readPrivateOptions(
      'emailChannel',
      options,
      {
        smtp: smtpOptions(options?.transport !== undefined),
        transport: option.withMethods<MailTransport>('sendMail').optional(),
        from: mailbox(),
        to: mailboxes(),
        name: option.string().default('email'),
        timeout: option.duration({ min: 1 }).default(30_000),
        clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
      },
      ['smtp', 'transport'],
    );
    this.name = name;
    this.#from = from;
    this.#to = distinct(to);
    this.#timeoutMs = timeout;
    this.#clock = clock;
    this.#secrets = new Secrets(secretsOf(smtp));
    this.#host = hostOf(smtp);
    this.description = `${inWords(this.#to)} by ${this.#host}`;
    if (transport === undefined) {
      const own = createTransport({ ...CONNECTION, ...smtpObject(smtp), pool: true });
      // Failures come with the mails they concern; without a listener, one of an idle connection would end the process.
      own.on('error', () => {});
      this.#transport = own;
      this.#close = () => own.close();
    } else {
      this.#transport = transport;
      this.#close = () => {};
    }
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    const recipients = this.#recipientsOf(message);
    const taken = this.#taken.get(message.id) ?? new Set<string>();
    const open = recipients.filter(({ address }) => !taken.has(canonical(address)));
    if (open.length === 0) return;
    const rejections = await this.#mail(message, open, signal);
    if (rejections.length === 0) {
      this.#taken.delete(message.id);
      return;
    }
    const refused = new Set(rejections.map(({ address }) => canonical(address)));
    const accepted = open.map(({ address }) => canonical(address)).filter((address) => !refused.has(address));
    // Where the server's spelling leaves a doubt, a mail that comes twice is better than none.
    if (accepted.length + rejections.length === open.length)
      this.#remember(message.id, [...taken, ...accepted]);
    throw rejectionError(rejections, recipients.length);
  }

  async stop(): Promise<void> {
    this.#close();
  }

  /** @returns the addresses that were refused */
  async #mail(message: Message, to: readonly Mailbox[], signal: AbortSignal): Promise<readonly Rejection[]> {
    try {
      const result = await callWithTimeout(
        (limited) => this.#transport.sendMail(this.#compose(message, to, limited)),
        {
          timeoutMs: this.#timeoutMs,
          what: `sending a mail by ${this.#host}`,
          signal,
          clock: this.#clock,
        },
      );
      return rejectionsOf(result, this.#secrets);
    } catch (thrown) {
      const rejections = rejectionsOf(thrown, this.#secrets);
      if (rejections.length > 0) return rejections;
      throw mailError(thrown, this.#host, this.#secrets);
    }
  }

  #compose(message: Message, to: readonly Mailbox[], signal: AbortSignal): Mail {
    const domain = this.#from.address.slice(this.#from.address.indexOf('@') + 1);
    return {
      from: this.#from,
      to: [...to],
      subject: oneLine(message.subject, MAX_SUBJECT_LENGTH),
      text: message.text,
      html: emailPage(message),
      // The same at each try, so that a mail that comes twice is shown once.
      messageId: `<${encodeURIComponent(oneLine(message.id, MAX_SUBJECT_LENGTH))}@${domain}>`,
      headers: {
        // RFC 3834: keeps answering machines quiet.
        'Auto-Submitted': 'auto-generated',
        'X-Evenkeel-Message': message.kind,
        ...(message.severity === 'critical' && message.kind === 'firing' && { Importance: 'high' }),
      },
      // Texts come from the application: none of them may make the server read a file or a URL.
      disableFileAccess: true,
      disableUrlAccess: true,
      signal,
    };
  }

  #recipientsOf({ recipients }: Message): readonly Mailbox[] {
    if (recipients === undefined || recipients.length === 0) return this.#to;
    const read = recipients.map(readMailbox);
    const accepted = read.filter((each) => each !== undefined);
    const bad = recipients.find((_, index) => read[index] === undefined);
    if (bad !== undefined) throw refused(`${JSON.stringify(oneLine(String(bad), 80))} is no address`);
    if (accepted.length > MAX_RECIPIENTS)
      throw refused(`${accepted.length} recipients are more than ${MAX_RECIPIENTS}`);
    return distinct(accepted);
  }

  #remember(messageId: string, taken: readonly string[]): void {
    this.#taken.delete(messageId);
    this.#taken.set(messageId, new Set(taken));
    const [oldest] = this.#taken.keys();
    if (this.#taken.size > MAX_PARTLY_SENT && oldest !== undefined) this.#taken.delete(oldest);
  }
}

function inWords(to: readonly Mailbox[]): string {
  const shown = to.slice(0, MAX_SHOWN).map(({ address }) => address);
  return `${shown.join(', ')}${to.length > MAX_SHOWN ? ` and ${to.length - MAX_SHOWN} more` : ''}`;
}

function distinct(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
  const seen = new Set<string>();
  return mailboxes.filter(({ address }) => {
    const isNew = !seen.has(canonical(address));
    seen.add(canonical(address));
    return isNew;
  });
}

/** An address as it may come back from nodemailer and the server. */
function canonical(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`.toLowerCase();
}

function refused(reason: string): DeliveryError {
  return new DeliveryError(`the mail cannot be sent: ${reason}`, { isPermanent: true });
}
