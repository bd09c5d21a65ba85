import { errorMessage } from '@evenkeel/core';
import { DeliveryError } from '../channels/channel.ts';
import type { Secrets } from '../channels/secrets.ts';
import { oneLine } from '../templates/plain-text.ts';

/** What nodemailer, or another transport with its interface, may tell in an error. */
interface MailError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly recipient?: unknown;
  readonly rejectedErrors?: unknown;
}

/** An address that a server has refused. */
export interface Rejection {
  readonly address: string;
  readonly reason: string;
  readonly status: number | undefined;
  readonly isPermanent: boolean;
}

const MAX_REASON_LENGTH = 300;
const MAX_TOLD = 10;

/* What no other try can change: no credentials, no such option, an address that is none. */
const PERMANENT_CODES: readonly unknown[] = ['ENOAUTH', 'ECONFIG', 'EREQUIRETLS', 'EMAXRECIPIENTS'];

/** Out of what a transport has thrown. The error itself stays out: it may hold what was said at the login. */
export function mailError(thrown: unknown, host: string, secrets: Secrets): DeliveryError {
  const error = asMailError(thrown);
  const status = statusOf(error);
  const reason = oneLine(secrets.hide(errorMessage(thrown)), MAX_REASON_LENGTH);
  return new DeliveryError(`${host} did not take the mail: ${reason}`, {
    isPermanent: isPermanent(status) || PERMANENT_CODES.includes(error.code),
    status,
  });
}

/** The addresses that were refused, each with its reason. */
export function rejectionsOf(result: unknown, secrets: Secrets): readonly Rejection[] {
  const { rejectedErrors } = asMailError(result);
  if (!Array.isArray(rejectedErrors)) return [];
  return rejectedErrors.map((each: unknown) => {
    const error = asMailError(each);
    const status = statusOf(error);
    return {
      address: typeof error.recipient === 'string' ? error.recipient : '',
      reason: oneLine(secrets.hide(errorMessage(each)), MAX_REASON_LENGTH),
      status,
      isPermanent: isPermanent(status),
    };
  });
}

/** Tells who has not got the mail. Another try makes sense while one of them may still get it. */
export function rejectionError(rejections: readonly Rejection[], total: number): DeliveryError {
  const told = rejections.slice(0, MAX_TOLD).map(({ address, reason }) => `${address} (${reason})`);
  if (rejections.length > MAX_TOLD) told.push(`and ${rejections.length - MAX_TOLD} more`);
  return new DeliveryError(
    `sent to ${total - rejections.length} of ${total} addresses; refused: ${told.join(', ')}`,
    {
      isPermanent: rejections.every((rejection) => rejection.isPermanent),
      status: rejections[0]?.status,
    },
  );
}

/** RFC 5321, 4.2.1: 5yz is for good; but 503 is about the session, and another one may fare better. */
function isPermanent(status: number | undefined): boolean {
  return status !== undefined && status >= 500 && status !== 503;
}

function statusOf({ responseCode }: MailError): number | undefined {
  return typeof responseCode === 'number' ? responseCode : undefined;
}

function asMailError(value: unknown): MailError {
  return typeof value === 'object' && value !== null ? value : {};
}
