import { type Field, option } from '@evenkeel/core';
import { oneLine } from '../templates/plain-text.ts';

/** A mailbox: `Alerts <alerts@example.com>`. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/* RFC 5321, 4.5.3.1: 64 characters, the sign, 255. */
const MAX_ADDRESS_LENGTH = 320;
const MAX_NAME_LENGTH = 200;

/* No white space, control characters, or anything by which headers and envelopes are divided. */
const ADDRESS = /^[^\s\p{Cc}\p{Surrogate}<>()[\]\\,;:"@]+@[^\s\p{Cc}\p{Surrogate}<>()[\]\\,;:"@]+$/u;
const WITH_NAME = /^([^<>]*)<([^<>]*)>$/;

/** One mailbox, with or without a name; `undefined` for everything else, lists among it. */
export function readMailbox(text: unknown): Mailbox | undefined {
  if (typeof text !== 'string' || /[\r\n]/.test(text)) return undefined;
  const named = WITH_NAME.exec(text.trim());
  const address = (named?.[2] ?? text).trim();
  if (address.length > MAX_ADDRESS_LENGTH || !ADDRESS.test(address)) return undefined;
  const name = (named?.[1] ?? '').trim().replace(/^"(.*)"$/, '$1');
  return { name: oneLine(name, MAX_NAME_LENGTH), address };
}

/** One mailbox. */
export function mailbox(): Field<Mailbox> {
  const expected = "an address such as 'ops@example.com' or 'Ops <ops@example.com>'";
  return new option.Field<Mailbox>(expected, (value, path, issues) => {
    const read = readMailbox(value);
    if (read === undefined) issues.push({ path, value, expected });
    return read ?? { name: '', address: '' };
  });
}

/** One mailbox or a list of at least one. */
export function mailboxes(): Field<readonly Mailbox[]> {
  const one = mailbox();
  return new option.Field<readonly Mailbox[]>(`${one.expected}, or a list of them`, (value, path, issues) => {
    if (!Array.isArray(value)) return [one.read(value, path, issues)];
    if (value.length === 0) issues.push({ path, value, expected: 'a list of at least one address' });
    return value.map((each, index) => one.read(each, `${path}[${index}]`, issues));
  });
}
