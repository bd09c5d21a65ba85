import { type Clock, type Duration, errorMessage, option, systemClock } from '@evenkeel/core';
import { alertmanagerAlerts } from './alertmanager-alerts.ts';
import { type Channel, DeliveryError, type Message } from './channel.ts';
import { HttpTarget } from './http-target.ts';
import { httpHeaders, httpUrl, readPrivateOptions } from './private-options.ts';

/** Options of {@link alertmanagerChannel}. */
export interface AlertmanagerChannelOptions {
  /**
   * Where Alertmanager is, `http://alertmanager:9093`, with the path in front of `/api/v2` where there is one. All
   * members of a cluster: they do not tell each other of alerts, so each is told; one that has listened is enough.
   * User and password in it become an `Authorization` header.
   */
  readonly url: string | URL | readonly (string | URL)[];
  /** @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue 'alertmanager' */
  readonly name?: string;
  /**
   * How often alerts that go on firing are told again, in ms. One that was not told of for four times as long counts
   * as resolved there: this process is gone. @defaultValue '1m'
   */
  readonly repeat?: Duration;
  /** How long an answer may take, in ms. @defaultValue '10s' */
  readonly timeout?: Duration;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/* As Prometheus does it: three may be lost in a row. */
const REPEATS_HELD = 4;

/* Once a member has taken the message, one that hangs must not keep the next message waiting. */
const STRAGGLER_MS = 1000;

/**
 * Hands alerts to Prometheus Alertmanager by its API v2, for it to group, silence and route them. It takes no reports.
 *
 * @throws ConfigurationError for bad options; it does not show what was given for URLs and headers
 */
export function alertmanagerChannel(options: AlertmanagerChannelOptions): Channel {
  return new AlertmanagerChannel(options);
}

class AlertmanagerChannel implements Channel {
  readonly name: string;
  readonly kind = 'alertmanager';
  readonly description: string;
  readonly repeatMs: number;
  readonly takesReports = false;
  readonly #targets: readonly HttpTarget[];
  readonly #clock: Clock;

  constructor(options: AlertmanagerChannelOptions) {
    const { url, headers, name, repeat, timeout, clock } = readPrivateOptions(
      'alertmanagerChannel',
      options,
      {
        url: oneOrMore(),
        headers: httpHeaders().default({}),
        name: option.string().default('alertmanager'),
        repeat: option.duration({ min: 1000 }).default(60_000),
        timeout: option.duration({ min: 1 }).default(10_000),
        clock: option.withMethods<Clock>('now', 'setTimeout').default(systemClock),
      },
      ['url', 'headers'],
    );
    this.name = name;
    this.repeatMs = repeat;
    this.#clock = clock;
    this.#targets = url.map(
      (each) => new HttpTarget({ url: each, path: 'api/v2/alerts', headers, timeoutMs: timeout, clock }),
    );
    this.description = this.#targets.map((target) => target.description).join(', ');
  }

  async send(message: Message, signal: AbortSignal): Promise<void> {
    if (message.kind === 'report')
      throw new DeliveryError('Alertmanager takes no reports', { isPermanent: true });
    const holdMs = REPEATS_HELD * this.repeatMs;
    const body = JSON.stringify(alertmanagerAlerts(message, this.#clock.now(), holdMs));
    const giveUp = new AbortController();
    let isTaken = false;
    let stopWaiting = (): void => {};
    const post = async (target: HttpTarget): Promise<void> => {
      await target.post(body, AbortSignal.any([signal, giveUp.signal]));
      if (isTaken) return;
      isTaken = true;
      stopWaiting = this.#clock.setTimeout(() => giveUp.abort(), STRAGGLER_MS);
    };
    const outcomes = await Promise.allSettled(this.#targets.map(post));
    stopWaiting();
    if (isTaken) return;
    throw joined(outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
  }
}

function oneOrMore() {
  const one = httpUrl();
  const expected = 'an absolute http or https URL, or a list of them';
  return new option.Field<readonly URL[]>(expected, (value, path, issues) => {
    if (!Array.isArray(value)) return [one.read(value, path, issues)];
    if (value.length === 0) issues.push({ path, value, expected });
    return value.map((each, index) => one.read(each, `${path}[${index}]`, issues));
  });
}

/** Permanent only where every member has refused for good. */
function joined(errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (errors.length === 1) return first;
  const refusals = errors.filter((error) => error instanceof DeliveryError);
  const waits = refusals.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new DeliveryError(errors.map(errorMessage).join('; '), {
    isPermanent: refusals.length === errors.length && refusals.every(({ isPermanent }) => isPermanent),
    retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
    status: refusals.find(({ status }) => status !== undefined)?.status,
  });
}
