import { describeValue, errorMessage, type HealthStatus, TimeoutError } from '@evenkeel/core';

/** Why a run counts as critical. */
export type FailureReason = 'critical' | 'error' | 'timeout' | 'invalid' | 'hung';

/** What one run of a check came to, whatever the check did. */
export interface Observation {
  readonly status: HealthStatus;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Set where the status is critical. */
  readonly reason?: FailureReason;
}

/* A stack trace or a page of HTML in a message would fill every response. */
const MAX_MESSAGE_LENGTH = 1000;

/* Details go into every response and event. */
const MAX_DETAILS_LENGTH = 10_000;

/** Reads what a check returned; what is no {@link CheckResult} is critical, with the reason `invalid`. */
export function readResult(value: unknown): Observation {
  try {
    return read(value);
  } catch (thrown) {
    return invalid(`its result cannot be read: ${errorMessage(thrown)}`);
  }
}

/** The observation for a check that threw, rejected or was not waited for any longer. */
export function readFailure(thrown: unknown): Observation {
  const reason = thrown instanceof TimeoutError ? 'timeout' : 'error';
  return { status: 'critical', message: shorten(describeThrown(thrown)), reason };
}

function read(value: unknown): Observation {
  if (typeof value !== 'object' || value === null || !('status' in value)) {
    return invalid(`it returned ${describeValue(value)} rather than { status, message }`);
  }
  const { status, message, details } = value as Record<'status' | 'message' | 'details', unknown>;
  if (status !== 'healthy' && status !== 'warning' && status !== 'critical') {
    return invalid(
      `it returned the status ${describeValue(status)} rather than healthy, warning or critical`,
    );
  }
  return {
    status,
    message: shorten(typeof message === 'string' ? message : ''),
    ...(details === undefined ? {} : { details: plainDetails(details) }),
    ...(status === 'critical' ? { reason: 'critical' } : {}),
  };
}

function invalid(message: string): Observation {
  return { status: 'critical', message: shorten(message), reason: 'invalid' };
}

/** Nothing that is thrown may break the report of it, not even a getter that throws in turn. */
function describeThrown(thrown: unknown): string {
  try {
    return errorMessage(thrown);
  } catch {
    return 'it threw a value that cannot be described';
  }
}

function shorten(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : message;
}

/** A copy as plain data: cycles, functions and endless objects must not reach a response or the dashboard. */
function plainDetails(details: unknown): Readonly<Record<string, unknown>> {
  try {
    const text = JSON.stringify(details, (_key, value: unknown) => {
      if (typeof value === 'bigint') return value.toString();
      return value instanceof Error ? value.message : value;
    });
    if (text === undefined || text.length > MAX_DETAILS_LENGTH) return { omitted: describeValue(details) };
    const copy: unknown = JSON.parse(text);
    return typeof copy === 'object' && copy !== null && !Array.isArray(copy)
      ? (copy as Record<string, unknown>)
      : { value: copy };
  } catch {
    return { omitted: 'not serialisable' };
  }
}
