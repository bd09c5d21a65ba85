import { rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { nodeSensors } from '../../src/node/node-sensors.ts';
import { SensorSet } from '../../src/pressure/sensor-set.ts';
import type { Sweep } from './verdicts.ts';

/**
 * A process in one state: `node program.mjs <state> <directory for files>`. It is calm at first, then in that
 * state; it sweeps every 500 ms, as the manager does by default, and prints what it saw.
 */
const SWEEP_EVERY_MS = 500;
const CALM_MS = 1600;
const PRESSED_MS = 4000;
const RESOLUTION_MS = 10;
const MIB = 1024 * 1024;

/** Brings the state about; may take its time, and is over when it has come about. */
type State = () => void | Promise<void>;

const held: unknown[] = [];

const STATES: Readonly<Record<string, State>> = {
  idle: () => {},
  'page-cache': pageCache,
  buffers: () => {
    while (process.memoryUsage().arrayBuffers < 216 * MIB) held.push(Buffer.alloc(8 * MIB, 1));
  },
  heap: () => fillHeap(216 * MIB),
  'heap-limit': () => fillHeap(114 * MIB),
  'busy-60': () => {
    setInterval(() => block(6), 10);
  },
  'block-500': () => {
    block(500);
    setInterval(() => block(500), 1000);
  },
  'block-30': () => {
    setInterval(() => block(30), 1000);
  },
  saturated: () => {
    const turn = (): void => {
      block(20);
      setImmediate(turn);
    };
    turn();
  },
};

const [name = '', directory = '.'] = process.argv.slice(2);
const state = STATES[name];
if (!state) throw new Error(`no state ${name}`);

const sweeps: Sweep[] = [];
const sensors = new SensorSet(nodeSensors(), (source, thrown) => {
  throw new Error(`${source}: ${thrown}`);
});
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let meanDelayMs = 0;
let elu = performance.eventLoopUtilization();
delay.enable();
sensors.start();
setInterval(sweep, SWEEP_EVERY_MS);
setInterval(readMeanDelay, 1000);

await pause(CALM_MS);
const beganMs = performance.now();
// The state of a memory has come about when it is filled; that of a loop when it begins.
await state();
const onsetMs = ['buffers', 'heap', 'heap-limit'].includes(name) ? performance.now() : beganMs;
await pause(PRESSED_MS);
process.stdout.write(`${JSON.stringify({ sweeps, beganMs, onsetMs, held: held.length })}\n`, () =>
  process.exit(),
);

/** As @fastify/under-pressure does it: the mean of a second, less the resolution. */
function readMeanDelay(): void {
  meanDelayMs = delay.count > 0 ? Math.max(0, delay.mean / 1e6 - RESOLUTION_MS) : 0;
  delay.reset();
}

function sweep(): void {
  const atMs = performance.now();
  const now = performance.eventLoopUtilization();
  const constrained = process.constrainedMemory();
  sweeps.push({
    atMs,
    ours: Object.fromEntries(
      [...sensors.read()].map(([resource, reading]) => [resource, reading.utilization]),
    ),
    // No limit reads as one near 2^64.
    availableMemory:
      constrained > 0 && constrained < 2 ** 60 ? 1 - process.availableMemory() / constrained : undefined,
    eluInterval: performance.eventLoopUtilization(now, elu).utilization,
    eluCumulative: now.utilization,
    meanDelayMs,
  });
  elu = now;
}

/** More than fits beside the process, written and then read again and again, as a file that is served is. */
async function pageCache(): Promise<void> {
  const path = `${directory}/page-cache-${process.pid}`;
  const part = Buffer.alloc(8 * MIB, 1);
  try {
    for (let index = 0; index < 50; index++) {
      writeFileSync(path, part, { flag: 'a' });
      await pause(10);
    }
    for (let round = 0; round < 2; round++) await readAll(path);
  } finally {
    rmSync(path, { force: true });
  }
}

async function readAll(path: string): Promise<void> {
  const file = await open(path);
  const part = Buffer.alloc(MIB);
  while ((await file.read(part, 0, part.length, null)).bytesRead > 0);
  await file.close();
}

/** Live objects, in turns, so that memory is what is measured, not the loop. */
async function fillHeap(bytes: number): Promise<void> {
  while (process.memoryUsage().heapUsed < bytes) {
    held.push(Array.from({ length: 2000 }, (_, index) => ({ index, text: `${held.length}:${index}` })));
    await pause(1);
  }
}

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
