import {
  ConfigurationError,
  type ConfigurationIssue,
  type Field,
  type Fields,
  option,
  readOptions,
} from '@evenkeel/core';
import type { Channel } from './channels/channel.ts';
import { httpUrl, readPrivateOptions } from './channels/private-options.ts';
import { slackChannel } from './channels/slack-channel.ts';
import { mailbox, mailboxes } from './email/address.ts';

/** A configuration file with the key `alert_configuration`; its other keys are not looked at. */
export interface AlertConfigurationFile {
  readonly alert_configuration?: AlertConfiguration;
}

export interface AlertConfiguration {
  readonly email_alerts?: EmailAlerts;
  readonly slack_alerts?: SlackAlerts;
}

/** Mails about alerts. */
export interface EmailAlerts {
  /** Where it is `false`, nothing else is looked at. @defaultValue true */
  readonly enabled?: boolean;
  /** Host name. */
  readonly smtp_server: string;
  /** 465 speaks TLS from the start. @defaultValue 587 */
  readonly smtp_port?: number;
  /** Whether nothing is sent without TLS. @defaultValue true */
  readonly use_tls?: boolean;
  /** Together with `password`. @defaultValue none: the server asks for no login */
  readonly username?: string;
  readonly password?: string;
  readonly from_email: string;
  readonly recipients: string | readonly string[];
}

/** Messages about alerts in Slack. */
export interface SlackAlerts {
  /** Where it is `false`, nothing else is looked at. @defaultValue true */
  readonly enabled?: boolean;
  readonly webhook_url: string;
  /** @defaultValue the webhook's */
  readonly channel?: string;
}

/** What `emailChannel` of `@evenkeel/alerts/email` is given. */
export interface ConfiguredEmail {
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly secure: boolean;
    readonly requireTLS: boolean;
    readonly auth?: { readonly user: string; readonly pass: string };
  };
  readonly from: string;
  readonly to: readonly string[];
}

/** Options of {@link alertConfiguration}. */
export interface AlertConfigurationOptions {
  /** That of `@evenkeel/alerts/email`, where the file has `email_alerts`. @defaultValue none */
  readonly emailChannel?: (options: ConfiguredEmail) => Channel;
}

/**
 * The channels that a configuration file asks for, called `email` and `slack`.
 *
 * @throws ConfigurationError with every fault and its path in the file; it does not show passwords and URLs
 */
export function alertConfiguration(
  file: AlertConfigurationFile,
  options: AlertConfigurationOptions = {},
): readonly Channel[] {
  const { emailChannel } = readOptions('alertConfiguration', options, {
    emailChannel: option.callback<NonNullable<AlertConfigurationOptions['emailChannel']>>().optional(),
  });
  const issues: ConfigurationIssue[] = [];
  const sections = readSections(file, issues);
  const email = readSection('email_alerts', sections.email_alerts, EMAIL, issues);
  const slack = readSection('slack_alerts', sections.slack_alerts, SLACK, issues);
  if (email && (email.username === undefined) !== (email.password === undefined)) {
    const name = email.username === undefined ? 'username' : 'password';
    issues.push({
      path: `${PATH}.email_alerts.${name}`,
      value: undefined,
      expected: 'given: username and password go together',
    });
  }
  if (email && emailChannel === undefined) {
    const expected = 'emailChannel of @evenkeel/alerts/email, as there are email_alerts';
    issues.push({ path: 'emailChannel', value: undefined, expected });
  }
  if (issues.length > 0) throw new ConfigurationError('alertConfiguration', issues);
  const channels: Channel[] = [];
  if (email && emailChannel) channels.push(emailChannel(configuredEmail(email)));
  if (slack) {
    const channel = slack.channel === undefined ? {} : { channel: slack.channel };
    channels.push(slackChannel({ webhookUrl: slack.webhook_url, ...channel }));
  }
  return channels;
}

const PATH = 'alert_configuration';

const EMAIL = {
  enabled: option.boolean().default(true),
  smtp_server: option.string(),
  smtp_port: option.integer({ min: 1, max: 65_535 }).default(587),
  use_tls: option.boolean().default(true),
  username: option.string().optional(),
  password: option.string().optional(),
  from_email: asGiven<string>(mailbox()),
  recipients: asGiven<string | readonly string[]>(mailboxes()),
};

const SLACK = {
  enabled: option.boolean().default(true),
  webhook_url: httpUrl(),
  channel: option.string().optional(),
};

const SECRET = ['password', 'webhook_url'];

/* SMTP over TLS from the first byte: RFC 8314. */
const SMTPS_PORT = 465;

function readSections(file: unknown, issues: ConfigurationIssue[]): Readonly<Record<string, unknown>> {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    // Not the value: it may be the text of a file with passwords.
    issues.push({ path: 'file', value: typeof file, expected: `an object with ${PATH}` });
    return {};
  }
  const fields = { email_alerts: anything(), slack_alerts: anything() };
  const given = (file as Readonly<Record<string, unknown>>)[PATH];
  return collect(PATH, () => readPrivateOptions(PATH, given, fields, []), issues) ?? {};
}

function readSection<T extends object>(
  name: string,
  given: unknown,
  fields: Fields<T>,
  issues: ConfigurationIssue[],
): T | undefined {
  const isOff = typeof given === 'object' && given !== null && 'enabled' in given && given.enabled === false;
  if (given === undefined || isOff) return undefined;
  const secret = SECRET.filter((each): each is keyof T & string => Object.hasOwn(fields, each));
  return collect(`${PATH}.${name}`, () => readPrivateOptions(name, given, fields, secret), issues);
}

/** What was read; or nothing, and the faults with where they are in the file. */
function collect<T>(path: string, read: () => T, issues: ConfigurationIssue[]): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const issue of error.issues)
      issues.push({ ...issue, path: issue.path === '' ? path : `${path}.${issue.path}` });
    return undefined;
  }
}

function configuredEmail(email: FieldValues<typeof EMAIL>): ConfiguredEmail {
  const secure = email.smtp_port === SMTPS_PORT;
  const { username: user, password: pass } = email;
  return {
    smtp: {
      host: email.smtp_server,
      port: email.smtp_port,
      secure,
      requireTLS: email.use_tls && !secure,
      ...(user !== undefined && pass !== undefined && { auth: { user, pass } }),
    },
    from: email.from_email,
    to: [email.recipients].flat(),
  };
}

type FieldValues<F> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** Checks by a rule, and keeps what was given. */
function asGiven<T>(rule: Field<unknown>): Field<T> {
  return new option.Field<T>(rule.expected, (value, path, issues) => {
    rule.read(value, path, issues);
    // What the rule accepts is a `T`; where it does not, there is an issue.
    return value as T;
  });
}

function anything(): Field<unknown> {
  return new option.Field<unknown>('a section', (value) => value);
}
