import { UnknownNameError, VirtualClock } from '@evenkeel/core';
import { expect, it } from 'vitest';
import type { ReportMessage } from '../../../src/report/delivery.ts';
import { ReportCourier } from '../../../src/report/schedule/report-courier.ts';

const message = (subject: string): ReportMessage => ({ subject, text: '', html: '', severity: 'info' });

function courier(deliver: (message: ReportMessage, recipients: readonly string[]) => Promise<void>) {
  const clock = new VirtualClock();
  const told: string[] = [];
  const it = new ReportCourier({
    delivery: { deliverReport: deliver },
    timeoutMs: 1000,
    clock,
    random: () => 0.5,
    onDelivered: ({ message: { subject }, recipients, attempts }) =>
      told.push(`${subject} to ${recipients.join()} at try ${attempts}`),
    onFailed: ({ message: { subject }, error, willRetry }) =>
      told.push(`${subject} failed${willRetry ? '' : ' for good'}: ${error.message}`),
  });
  return { clock, told, courier: it };
}

it('hands a message over, and tries again later and later when it is refused', async () => {
  let refusals = 2;
  const times: number[] = [];
  const {
    clock,
    told,
    courier: it,
  } = courier(async () => {
    times.push(clock.now());
    if (refusals-- > 0) throw new Error('busy');
  });
  it.send(message('report'), ['team']);
  expect(it.waiting).toBe(1);
  await clock.advanceAsync(60_000);
  expect(times).toEqual([0, 5000, 20_000]);
  expect(told).toEqual(['report failed: busy', 'report failed: busy', 'report to team at try 3']);
  expect([it.waiting, clock.pending]).toEqual([0, 0]);
});

it('gives up after ten minutes or so, or at once where trying again cannot help', async () => {
  const {
    clock,
    told,
    courier: it,
  } = courier(async ({ subject }) => {
    if (subject === 'a') throw new Error('down');
    if (subject === 'b') throw new UnknownNameError('channel', 'tema', ['team']);
    throw Object.assign(new Error('refused'), { isPermanent: true });
  });
  for (const subject of ['a', 'b', 'c']) it.send(message(subject), ['tema']);
  await clock.advanceAsync(3_600_000);
  expect(told.filter((line) => line.startsWith('a failed: down'))).toHaveLength(5);
  expect(told.filter((line) => line.includes('for good'))).toEqual([
    'b failed for good: no channel is called "tema" (known: team)',
    'c failed for good: refused',
    'a failed for good: down',
  ]);
  expect(it.waiting).toBe(0);
});

it('is held up by nothing: neither by a delivery that hangs, nor by one that throws what is no error', async () => {
  const {
    clock,
    told,
    courier: it,
  } = courier(({ subject }) => {
    if (subject === 'hangs') return new Promise(() => {});
    if (subject === 'throws') throw 'junk';
    return Promise.resolve();
  });
  for (const subject of ['hangs', 'throws', 'arrives']) it.send(message(subject), ['team']);
  await clock.advanceAsync(1500);
  expect(told).toEqual([
    'throws failed: a value that is no error was thrown: "junk"',
    'arrives to team at try 1',
    'hangs failed: the delivery of a report did not finish within 1000 ms',
  ]);
});

it('is bounded: the twenty-first message that waits is refused', async () => {
  const { clock, told, courier: it } = courier(() => new Promise(() => {}));
  for (let index = 1; index <= 21; index++) it.send(message(`m${index}`), ['team']);
  await clock.advanceAsync(0);
  expect(told).toEqual(['m21 failed for good: 20 messages wait to be delivered already']);
});

it('gives up what waits when it is stopped, and can go on afterwards', async () => {
  let isUp = false;
  const {
    clock,
    told,
    courier: it,
  } = courier(async ({ subject }) => {
    if (subject === 'hangs') await new Promise(() => {});
    if (!isUp) throw new Error('down');
  });
  it.send(message('hangs'), ['team']);
  it.send(message('waits'), ['team']);
  await clock.advanceAsync(100);
  await it.stop();
  expect(told).toEqual([
    'waits failed: down',
    'hangs failed for good: the reporter was stopped before the message was taken',
    'waits failed for good: the reporter was stopped before the message was taken',
  ]);
  expect([it.waiting, clock.pending]).toEqual([0, 0]);
  isUp = true;
  it.send(message('later'), ['team']);
  await clock.advanceAsync(0);
  expect(told.at(-1)).toBe('later to team at try 1');
});
