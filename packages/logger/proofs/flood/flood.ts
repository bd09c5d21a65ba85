import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Drain } from '../../src/drain/index.ts';
import { FlightRecorder } from '../../src/recording/index.ts';
import { FileLikeSink } from './file-like-sink.ts';

export interface FloodOptions {
  readonly seconds: number;
  /** Events in a second. */
  readonly rate: number;
}

export interface FloodResult {
  readonly recorded: number;
  readonly written: number;
  readonly lost: number;
  /** What the sink has counted by itself. */
  readonly received: number;
  readonly outOfOrder: number;
  /** Events in a second, as recorded. */
  readonly rate: number;
  readonly loopDelayP99Ms: number;
  readonly loopDelayMaxMs: number;
  /** Of the second half of the time, over the highest of the first: what it grows by once it is full. */
  readonly growthBytes: number;
  readonly maxRssBytes: number;
}

/* A busy loop is asked often, so that what holds it up is seen. */
const RESOLUTION_MS = 1;

/* Some tens of microseconds of recording between two looks at the clock. */
const BURST = 500;

const ROUTES = Array.from({ length: 64 }, (_, index) => `/api/orders/${index}`);

/** Records events at a rate, as fast as the sink takes them or not, and tells what has become of them. */
export async function flood({ seconds, rate }: FloodOptions): Promise<FloodResult> {
  const recorder = new FlightRecorder();
  const sink = new FileLikeSink();
  const drain = new Drain({ recorder, sink });
  const event = recorder.defineEvent('http_request', {
    sequence: 'integer',
    route: 'text',
    durationMs: 'number',
    ok: 'boolean',
  });
  drain.start();

  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const memory = watchMemory(seconds * 500);
  const startedAt = performance.now();
  let recorded = 0;
  delays.enable();
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const elapsedMs = performance.now() - startedAt;
      const due = Math.floor((Math.min(elapsedMs, seconds * 1000) * rate) / 1000);
      for (const end = Math.min(due, recorded + BURST); recorded < end; recorded++) {
        event.record({
          sequence: recorded,
          route: ROUTES[recorded & 63],
          durationMs: recorded * 0.001,
          ok: (recorded & 15) !== 0,
        });
      }
      if (elapsedMs < seconds * 1000) setImmediate(turn);
      else resolve();
    };
    turn();
  });
  delays.disable();
  const elapsedMs = performance.now() - startedAt;
  const { maxBytes, growthBytes } = memory.stop();
  await drain.stop(30_000);
  const { written, lost } = drain.statistics();
  return {
    recorded: recorder.statistics().recorded,
    written,
    lost,
    received: sink.records,
    outOfOrder: sink.outOfOrder,
    rate: (recorded / elapsedMs) * 1000,
    loopDelayP99Ms: delays.percentile(99) / 1e6 - RESOLUTION_MS,
    loopDelayMaxMs: delays.max / 1e6 - RESOLUTION_MS,
    growthBytes,
    maxRssBytes: maxBytes,
  };
}

function watchMemory(halfMs: number) {
  const startedAt = performance.now();
  let first = process.memoryUsage.rss();
  let second = 0;
  const timer = setInterval(() => {
    const rss = process.memoryUsage.rss();
    if (performance.now() - startedAt < halfMs) first = Math.max(first, rss);
    else second = Math.max(second, rss);
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return { maxBytes: Math.max(first, second), growthBytes: Math.max(0, second - first) };
    },
  };
}
