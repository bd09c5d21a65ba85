import { VirtualClock } from '@evenkeel/core';
import { afterEach, expect, test } from 'vitest';
import { ParserThread } from '../../src/sql/parser-thread.ts';

let thread: ParserThread;
afterEach(() => thread.stop());

test('a parser that fails with anything but a syntax error is not trusted any more', async () => {
  thread = new ParserThread({ timeoutMs: 60_000, clock: new VirtualClock() });
  const outcomes = await Promise.allSettled([
    thread.parse('select 1'),
    thread.parse('selec 1'),
    // It has an error of its own for this; nobody asks it, since the text is looked at before.
    thread.parse(''),
    thread.parse('select 2'),
  ]);
  expect(outcomes).toMatchObject([
    { status: 'fulfilled' },
    { status: 'rejected', reason: { code: 'SQL_SYNTAX', position: 0 } },
    { status: 'rejected', reason: { code: 'SQL_PARSER' } },
    { status: 'fulfilled' },
  ]);
  expect(thread.threads).toBe(2);
});

test('a parser that hangs is given up, and only its text fails', async () => {
  const clock = new VirtualClock();
  thread = new ParserThread({ timeoutMs: 1000, clock });
  await thread.parse('select 1');
  // Takes the parser's lexer minutes.
  const hanging = thread.parse(`select 1 ${'+'.repeat(200_000)} 1`);
  const next = thread.parse('select 2');
  clock.advance(1000);
  await expect(hanging).rejects.toMatchObject({ code: 'SQL_TIMEOUT' });
  expect(await next).toMatchObject({ normalized: 'select $1' });
  expect(thread.threads).toBe(2);
  expect(clock.pending).toBe(0);
});

test('takes no more than it can remember', async () => {
  thread = new ParserThread({ timeoutMs: 60_000, clock: new VirtualClock() });
  const many = Array.from({ length: 10_050 }, (_, index) => thread.parse(`select ${index}`));
  const settled = Promise.allSettled(many);
  await thread.stop();
  const codes = (await settled).map((each) => (each.status === 'rejected' ? each.reason.code : ''));
  expect(codes.filter((code) => code === 'SQL_PARSER')).toHaveLength(50);
  expect(codes.filter((code) => code === 'SQL_STOPPED')).toHaveLength(10_000);
});

test('keeps no process alive while it has nothing to do', async () => {
  /* Counts what Node would wait for. */
  const awaited = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length;
  const before = awaited();
  thread = new ParserThread({ timeoutMs: 60_000, clock: new VirtualClock() });
  const parsing = thread.parse('select 1');
  expect(awaited()).toBeGreaterThan(before);
  await parsing;
  expect(awaited()).toBe(before);
});
