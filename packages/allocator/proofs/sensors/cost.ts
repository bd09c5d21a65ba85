import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { type Clock, systemClock } from '@evenkeel/core';
import { nodeSensors } from '../../src/node/node-sensors.ts';

/**
 * What the sensors cost: a sweep of all of them, back to back and as it happens; and, of a process that does
 * nothing else, the CPU time that they take at the manager's default interval, the timers in between and the
 * search for limits included.
 */
const { values } = parseArgs({
  options: {
    gate: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '32' },
    // Of the children.
    measure: { type: 'string' },
  },
});

/* The manager's default. */
const SWEEP_EVERY_MS = 250;
const MAX_SWEEP_US = 20;
const MAX_SHARE = 0.001;
/* Half a minute has the search for limits, which comes every 30 s, in it. */
const seconds = Number(values.seconds);

if (values.measure === 'bare' || values.measure === 'sensors') {
  await idleProcess(values.measure);
} else {
  const sweep = backToBack();
  console.log(
    `a sweep, back to back: ${describe(sweep)}; mean ${mean(sweep).toFixed(1)} us, limits included`,
  );
  const bare = await child('bare');
  const sensors = await child('sensors');
  console.log(`a sweep every ${SWEEP_EVERY_MS} ms in an idle process: ${describe(sensors.sweeps)}`);
  const share = sensors.share - bare.share;
  console.log(
    `CPU of an idle process over ${seconds} s: ${percent(sensors.share)} of a core; ${percent(bare.share)} with ` +
      `a timer that sweeps nothing; the sensors ${percent(share)}`,
  );
  if (values.gate && (mean(sweep) > MAX_SWEEP_US || share > MAX_SHARE)) process.exitCode = 1;
}

/** As fast as possible: time goes on by as much as between two sweeps, so that each of them measures. */
function backToBack(): number[] {
  let nowMs = 0;
  const clock: Clock = { ...systemClock, monotonic: () => nowMs };
  const sensors = nodeSensors({ clock });
  for (const sensor of sensors) sensor.start?.();
  const times: number[] = [];
  for (let index = 0; index < 20_000; index++) {
    nowMs += SWEEP_EVERY_MS;
    const beganAt = process.hrtime.bigint();
    for (const sensor of sensors) sensor.read();
    const endedAt = process.hrtime.bigint();
    // The first part is V8's, which has to see what is used often.
    if (index >= 5000) times.push(Number(endedAt - beganAt) / 1000);
  }
  for (const sensor of sensors) sensor.stop?.();
  return times;
}

interface Cost {
  readonly share: number;
  readonly sweeps: readonly number[];
}

async function child(measure: string): Promise<Cost> {
  const args = [fileURLToPath(import.meta.url), '--measure', measure, '--seconds', `${seconds}`];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  // What the same file prints as a child.
  return JSON.parse(stdout) as Cost;
}

async function idleProcess(measure: 'bare' | 'sensors'): Promise<void> {
  const sensors = measure === 'sensors' ? nodeSensors() : [];
  for (const sensor of sensors) sensor.start?.();
  const sweeps: number[] = [];
  setInterval(() => {
    const beganMs = performance.now();
    for (const sensor of sensors) sensor.read();
    sweeps.push((performance.now() - beganMs) * 1000);
  }, SWEEP_EVERY_MS);
  await pause(2000);
  sweeps.length = 0;
  const before = process.cpuUsage();
  const beganMs = performance.now();
  await pause(seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / 1000 / (performance.now() - beganMs);
  process.stdout.write(JSON.stringify({ share, sweeps }), () => process.exit());
}

function describe(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
  return `median ${at(0.5)} us, p95 ${at(0.95)} us, p99 ${at(0.99)} us`;
}

function mean(times: readonly number[]): number {
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
