/** Records into a file and then ends in the way that its environment says. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { flushOnCrash } from '../../../src/crash/index.ts';
import { Drain } from '../../../src/drain/index.ts';
import type { LogRecord } from '../../../src/log-record.ts';
import { FlightRecorder } from '../../../src/recording/index.ts';
import type { Sink } from '../../../src/sink.ts';

const { HOW = '', SINK = '', FILE = '', TIMEOUT = '2s' } = process.env;

const lines = (records: readonly LogRecord[]) =>
  records.map((record) => `${record.kind === 'event' ? record.type : record.kind}\n`).join('');

/** Slow, or without a way to write at once. */
const sink: Sink = {
  name: SINK,
  async write(records) {
    if (SINK === 'hanging') await new Promise(() => {});
    await sleep(50);
    // As a driver that is watched does.
    if (SINK === 'watched') recorder.record('written');
    appendFileSync(FILE, lines(records));
  },
  ...(SINK !== 'asynchronous' &&
    SINK !== 'watched' && {
      writeSync(records: readonly LogRecord[]) {
        appendFileSync(FILE, lines(records));
      },
    }),
};

const recorder = new FlightRecorder();
const drain = new Drain({ recorder, sink });

// Before ours: it is gone when ours is called.
if (HOW === 'own handler') process.once('SIGTERM', goOn);

const stop = flushOnCrash({
  targets: () => [drain],
  onUncaught: (error, origin) => recorder.record(`${origin}: ${String(error)}`),
  timeout: TIMEOUT,
});
// A second one, as of another logger: together they must not take each other for the application's handler.
const stopOther = flushOnCrash({ targets: () => [], timeout: TIMEOUT });
drain.start();

setTimeout(() => {
  recorder.record('recorded');
  const ends: Readonly<Record<string, () => void>> = {
    throw: () => {
      throw new Error('fatal');
    },
    reject: () => void Promise.reject(new Error('fatal')),
    survive: () => {
      process.on('uncaughtException', () => setTimeout(() => process.exit(7), 300));
      throw new Error('not fatal');
    },
    exit: () => process.exit(5),
    nothing: () => {},
    stopped: () => {
      stop();
      stopOther();
      setInterval(() => {}, 1000);
      process.send?.('ready');
    },
    'own handler': () => {
      setInterval(() => {}, 1000);
      process.send?.('ready');
    },
    signal: () => {
      setInterval(() => {}, 1000);
      process.send?.('ready');
    },
  };
  ends[HOW]?.();
  // The channel would keep it alive.
  if (HOW === 'nothing') process.disconnect?.();
}, 50);

function goOn(): void {
  recorder.record('handled');
  setTimeout(() => process.exit(3), 300);
}
