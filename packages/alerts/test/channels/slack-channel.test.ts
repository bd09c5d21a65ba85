import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { slackChannel } from '../../src/channels/slack-channel.ts';
import { type SlackText, slackMessage } from '../../src/channels/slack-message.ts';
import { hostileText } from './hostile-text.ts';
import { HttpReceiver } from './http-receiver.ts';
import { alertOf, messageOf } from './message.ts';

const never = new AbortController().signal;
const PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

/* All texts that a person sees. */
function textsOf(message: Parameters<typeof slackMessage>[0]): readonly SlackText[] {
  return slackMessage(message).blocks.flatMap(({ text, elements }) => [
    ...(text ? [text] : []),
    ...(elements ?? []),
  ]);
}

describe('slackChannel', () => {
  let receiver: HttpReceiver;
  let status = 200;
  let answer = 'ok';
  beforeAll(async () => {
    receiver = await HttpReceiver.start((response) =>
      response.writeHead(status, { 'retry-after': '30' }).end(answer),
    );
  });
  beforeEach(() => void receiver.requests.splice(0));
  afterAll(() => receiver.stop());

  it('posts blocks and a text for notifications', async () => {
    const message = messageOf();
    await slackChannel({ webhookUrl: receiver.url + PATH, channel: '#ops' }).send(message, never);
    expect(receiver.requests[0]).toMatchObject({ method: 'POST', path: PATH });
    expect(JSON.parse(receiver.requests[0]?.body ?? '')).toEqual({
      channel: '#ops',
      text: '[CRITICAL] high-response-time: the p95 is 900 ms',
      blocks: [
        {
          type: 'header',
          text: {
            type: 'plain_text',
            text: '🔴 [CRITICAL] high-response-time: the p95 is 900 ms',
            emoji: true,
          },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: [
              '🔴 *CRITICAL high-response-time* `route=/checkout`',
              'the p95 is 900 ms',
              '_value 900 · threshold 500 · since 2026-03-01 12:00:00 UTC_',
            ].join('\n'),
            verbatim: true,
          },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: '1 alert firing', verbatim: true }] },
      ],
    });
  });

  it('tells a refusal for good from one for now, and never where the webhook leads', async () => {
    const channel = slackChannel({ webhookUrl: receiver.url + PATH });
    const failures = [];
    for ([status, answer] of [
      [404, `no_service ${PATH}`],
      [429, 'rate_limited'],
      [500, 'rollup_error'],
    ] as const)
      failures.push(await channel.send(messageOf(), never).catch((error: unknown) => error));
    [status, answer] = [200, 'ok'];
    expect(failures).toMatchObject([
      { isPermanent: true, status: 404 },
      { isPermanent: false, status: 429, retryAfterMs: 30_000 },
      { isPermanent: false, status: 500 },
    ]);
    const shown = inspect([failures, channel, slackChannel], { showHidden: true, depth: 9 });
    for (const secret of ['T00000000', 'B00000000', 'XXXXXX']) expect(shown).not.toContain(secret);
    expect(channel.description).toBe(`${receiver.url}/…`);
  });

  it('names bad options without the URL', () => {
    // @ts-expect-error: that is what is tested
    const create = () => slackChannel({ webhookURL: `https://hooks.slack.com${PATH}`, channel: 7 });
    expect(create).toThrow(/webhookURL must be absent \(did you mean webhookUrl\?\)/);
    expect(create).toThrow(/channel must be a non-empty string, got 7/);
    expect(create).not.toThrow('XXXXXX');
  });
});

describe('slackMessage', () => {
  it('lists the gravest and counts the rest', () => {
    const alerts = Array.from({ length: 50 }, (_, index) =>
      alertOf({ id: String(index), name: `alert-${index}` }),
    );
    const { blocks } = slackMessage(messageOf({ alerts, counts: { firing: 57, resolved: 3 } }));
    const sections = blocks.filter(({ type }) => type === 'section');
    expect(sections.length).toBeGreaterThan(9);
    expect(blocks.at(-1)?.elements?.[0]?.text).toBe(
      `and ${60 - sections.length} more · 57 alerts firing, 3 resolved`,
    );
  });

  it('shows own words as they are', () => {
    const text = `first\n${'word '.repeat(700)}\nlast`;
    const sections = textsOf(messageOf({ text, subject: 'own' }));
    expect(sections[0]?.text).toBe('🔴 own');
    expect(
      sections
        .slice(1)
        .map((section) => section.text)
        .join('')
        .replaceAll(/\s/g, ''),
    ).toBe(text.replaceAll(/\s/g, ''));
  });

  it('lets texts mention, link and format nothing', () => {
    const evil = '<!channel> <https://x|y> & *b* _i_ `c`';
    const alert = alertOf({ name: evil, message: evil, labels: { [evil]: evil } });
    for (const message of [messageOf({ alerts: [alert] }), messageOf({ text: evil, subject: evil })])
      for (const { type, text } of textsOf(message).filter((each) => each.type === 'mrkdwn')) {
        expect(text).not.toMatch(/[<>]/);
        expect(text).not.toMatch(/&(?!amp;|lt;|gt;)/);
        expect(type).toBe('mrkdwn');
      }
    expect(slackMessage(messageOf({ subject: evil })).text).not.toMatch(/[<>]/);
  });

  it('keeps within the limits of Slack, whatever is said', () => {
    const hostile = fc.oneof(
      hostileText(),
      fc
        .constantFrom('&', '<', '😀', '\ud83d', '`', '\n')
        .chain((unit) => fc.integer({ min: 1, max: 4000 }).map((length) => unit.repeat(length))),
    );
    const alert = fc
      .record({ name: hostile, message: hostile, labels: fc.dictionary(hostile, hostile, { maxKeys: 30 }) })
      .map(alertOf);
    fc.assert(
      fc.property(
        fc.array(alert, { maxLength: 20 }),
        fc.nat(1000),
        fc.option(hostile, { nil: undefined }),
        fc.option(hostile, { nil: undefined }),
        (alerts, more, subject, text) => {
          const counts = { firing: alerts.length + more, resolved: 0 };
          const message = messageOf({
            alerts,
            counts,
            ...(subject !== undefined && { subject }),
            ...(text !== undefined && { text }),
          });
          const { blocks } = slackMessage(message);
          expect(blocks.length).toBeLessThanOrEqual(50);
          let total = 0;
          for (const { type, text: shown } of textsOf(message)) {
            total += shown.length;
            expect(shown.length).toBeGreaterThan(0);
            expect(shown.length).toBeLessThanOrEqual(type === 'plain_text' ? 150 : 3000);
            if (type === 'mrkdwn') expect(shown).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
            expect(shown).not.toMatch(/\p{Surrogate}/u);
          }
          expect(total).toBeLessThanOrEqual(9600);
          // Counts hold whatever did not fit.
          const sections = blocks.filter((block) => block.type === 'section').length;
          const context = blocks.at(-1)?.elements?.[0]?.text;
          if (context !== undefined && alerts.length + more > sections)
            expect(context).toContain(`and ${alerts.length + more - sections} more`);
        },
      ),
      { numRuns: 100 },
    );
  });
});
