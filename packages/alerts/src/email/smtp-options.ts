import { type Field, option } from '@evenkeel/core';
import type { SMTPPoolOptions } from 'nodemailer';
import { decoded } from '../channels/secrets.ts';

/** A URL or an object, and none of them beside a transport. */
export function smtpOptions(hasTransport: boolean): Field<string | SMTPPoolOptions | undefined> {
  const expected = hasTransport
    ? 'absent where there is a transport'
    : "an SMTP server: a URL such as 'smtps://user:password@smtp.example.com', or nodemailer's options (or a transport)";
  return new option.Field<string | SMTPPoolOptions | undefined>(expected, (value, path, issues) => {
    const accepted = hasTransport ? value === undefined : isSmtpUrl(value) || isSmtpOptions(value);
    if (!accepted) issues.push({ path, value, expected });
    return value as string | SMTPPoolOptions | undefined;
  });
}

function isSmtpUrl(value: unknown): boolean {
  return typeof value === 'string' && /^smtps?:\/\/[^/]/i.test(value) && URL.canParse(value);
}

function isSmtpOptions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { url, auth } = value as Readonly<Record<string, unknown>>;
  return (url === undefined || isSmtpUrl(url)) && (auth === undefined || typeof auth === 'object');
}

/** Nodemailer's options, of a URL too. */
export function smtpObject(smtp: string | SMTPPoolOptions | undefined): SMTPPoolOptions {
  return typeof smtp === 'string' ? { url: smtp } : (smtp ?? {});
}

/** Where mails go, for people. */
export function hostOf(smtp: string | SMTPPoolOptions | undefined): string {
  if (smtp === undefined) return 'the given transport';
  const { host, service, url } = smtpObject(smtp);
  return (url === undefined ? (host ?? service) : new URL(url).host) ?? 'localhost';
}

/** Everything in `auth` but the user, and the password of a URL; the login is said in Base64. */
export function secretsOf(smtp: string | SMTPPoolOptions | undefined): readonly string[] {
  const { auth, url } = smtpObject(smtp);
  const { user: _user, type: _type, method: _method, ...secret } = auth ?? {};
  const texts = Object.values(secret).filter((value) => typeof value === 'string');
  const password = url === undefined ? '' : decoded(new URL(url).password);
  const user = auth?.user ?? (url === undefined ? '' : decoded(new URL(url).username));
  const passwords = [...texts, password].filter((text) => text !== '');
  return [...passwords, ...passwords.map((each) => `\u0000${user}\u0000${each}`)];
}
