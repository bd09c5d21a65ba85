import { ConfigurationError } from '@evenkeel/core';
import { describe, expect, it, vi } from 'vitest';
import { alertConfiguration, type ConfiguredEmail } from '../src/alert-configuration.ts';
import { consoleChannel } from '../src/channels/console-channel.ts';
import { emailChannel } from '../src/email/index.ts';

const EMAIL = {
  smtp_server: 'smtp.example.com',
  username: 'alerts',
  password: 'hunter2hunter2',
  from_email: 'Alerts <alerts@example.com>',
  recipients: ['ops@example.com', 'dev@example.com'],
};
const SLACK = { webhook_url: 'https://hooks.slack.com/services/T000/B000/XXXX', channel: '#ops' };

/** What emailChannel is given. */
function emailOf(email_alerts: object): ConfiguredEmail | undefined {
  const create = vi.fn((_options: ConfiguredEmail) => consoleChannel());
  // @ts-expect-error: files are not typed
  alertConfiguration({ alert_configuration: { email_alerts } }, { emailChannel: create });
  return create.mock.calls[0]?.[0];
}

function faultsOf(file: unknown, options: object = { emailChannel }): readonly string[] {
  try {
    // @ts-expect-error: files are not typed
    alertConfiguration(file, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { message } = error as ConfigurationError;
    expect(message).not.toContain('hunter2');
    expect(message).not.toContain('XXXX');
    return message.replace(/^alertConfiguration:\s*/, '').split(/\n\s*/);
  }
  return [];
}

describe('alertConfiguration', () => {
  it('makes the channels of a file', () => {
    const file = {
      monitoring_settings: { whatever: true },
      alert_configuration: { email_alerts: EMAIL, slack_alerts: SLACK },
    };
    const channels = alertConfiguration(file, { emailChannel });
    expect(channels.map(({ name, kind, description }) => [name, kind, description])).toEqual([
      ['email', 'email', 'ops@example.com, dev@example.com by smtp.example.com'],
      ['slack', 'slack', '#ops of https://hooks.slack.com/…'],
    ]);
  });

  it('sends nothing without TLS unless it is told to', () => {
    expect(emailOf(EMAIL)).toEqual({
      smtp: {
        host: 'smtp.example.com',
        port: 587,
        secure: false,
        requireTLS: true,
        auth: { user: 'alerts', pass: 'hunter2hunter2' },
      },
      from: EMAIL.from_email,
      to: EMAIL.recipients,
    });
    expect(emailOf({ ...EMAIL, smtp_port: 465 })?.smtp).toMatchObject({ secure: true, requireTLS: false });
    const { username: _username, password: _password, ...open } = EMAIL;
    expect(emailOf({ ...open, smtp_port: 25, use_tls: false, recipients: 'ops@example.com' })).toEqual({
      smtp: { host: 'smtp.example.com', port: 25, secure: false, requireTLS: false },
      from: EMAIL.from_email,
      to: ['ops@example.com'],
    });
  });

  it('makes none where none is asked for', () => {
    const off = { enabled: false, smtp_server: '', recipients: [], webhook_url: '' };
    for (const file of [
      {},
      { alert_configuration: undefined },
      { alert_configuration: {} },
      { alert_configuration: { email_alerts: off, slack_alerts: off } },
    ])
      expect(faultsOf(file, {})).toEqual([]);
    expect(alertConfiguration({ alert_configuration: {} })).toEqual([]);
  });

  it('names every fault by its place in the file', () => {
    expect(
      faultsOf({
        alert_configuration: {
          email_alerts: { smtp_port: 0, pasword: 'hunter2', recipients: ['ops'], username: 'me' },
          slack_alerts: { webhook_url: 'hooks.slack.com/XXXX', chanel: '#ops' },
        },
      }),
    ).toEqual([
      expect.stringMatching(
        /^alert_configuration\.email_alerts\.pasword must be absent \(did you mean password\?\)/,
      ),
      'alert_configuration.email_alerts.smtp_server must be a non-empty string, got undefined',
      'alert_configuration.email_alerts.smtp_port must be an integer from 1 to 65535, got 0',
      expect.stringMatching(/^alert_configuration\.email_alerts\.from_email must be an address/),
      expect.stringMatching(
        /^alert_configuration\.email_alerts\.recipients\[0\] must be an address .* got "ops"$/,
      ),
      expect.stringMatching(
        /^alert_configuration\.slack_alerts\.chanel must be absent \(did you mean channel\?\)/,
      ),
      'alert_configuration.slack_alerts.webhook_url must be an absolute http or https URL, got "[hidden]"',
    ]);
  });

  it('wants a login whole', () => {
    const { password: _password, ...half } = EMAIL;
    expect(faultsOf({ alert_configuration: { email_alerts: half } })).toEqual([
      'alert_configuration.email_alerts.password must be given: username and password go together, got undefined',
    ]);
  });

  it('wants emailChannel where there is mail to be sent', () => {
    expect(faultsOf({ alert_configuration: { email_alerts: EMAIL } }, {})).toEqual([
      'emailChannel must be emailChannel of @evenkeel/alerts/email, as there are email_alerts, got undefined',
    ]);
  });

  it.each([undefined, null, '{"password":"hunter2"}', []])('%j is no file', (file) => {
    expect(faultsOf(file)).toEqual([
      expect.stringMatching(/^file must be an object with alert_configuration, got/),
    ]);
  });

  it.each([
    [{ alert_configuration: null }, /^alert_configuration must be an object/],
    [{ alert_configuration: 'hunter2' }, /^alert_configuration must be an object/],
    [
      { alert_configuration: { sms_alerts: { token: 'hunter2' } } },
      /^alert_configuration\.sms_alerts must be absent/,
    ],
    [
      { alert_configuration: { slack_alerts: 'XXXX' } },
      /^alert_configuration\.slack_alerts must be an object/,
    ],
    [
      { alert_configuration: { slack_alerts: { ...SLACK, enabled: 'no' } } },
      /\.enabled must be true or false, got "no"$/,
    ],
  ])('refuses %j', (file, expected) => {
    expect(faultsOf(file)).toEqual([expect.stringMatching(expected)]);
  });
});
