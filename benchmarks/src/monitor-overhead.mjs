/**
 * What the monitor costs: time for each recording, and CPU time for each second that it runs with all of Node's
 * collectors. Needs a build. `node benchmarks/src/monitor-overhead.mjs [--json] [--seconds 20]`
 *
 * Recordings: the best and the median of nine windows of process CPU time, in a process of their own for each
 * case. Running: a process that does nothing else, less the same process without a monitor.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PerformanceMonitor } from '@evenkeel/monitor';
import { nodeCollectors } from '@evenkeel/monitor/node';

const run = promisify(execFile);
const self = fileURLToPath(import.meta.url);
const argument = (name, fallback) => {
  const index = process.argv.indexOf(name);
  return index < 0 ? fallback : process.argv[index + 1];
};

const CALLS = 500_000;
const WINDOWS = 9;
const ROUTES = ['/', '/products', '/products/:id', '/search', '/orders', '/orders/:id', '/cart', '/health'];

/** Each creates a function that records once, given a counter. */
const recordings = {
  'performance.now()': () => () => performance.now(),
  'recordRequest(success, ms)': () => {
    const monitor = new PerformanceMonitor();
    return (index) => monitor.recordRequest(true, (index & 1023) * 0.25);
  },
  'recordRequest, { endpoint }, 8 endpoints': () => {
    const monitor = new PerformanceMonitor();
    return (index) => monitor.recordRequest(true, (index & 1023) * 0.25, { endpoint: ROUTES[index & 7] });
  },
  'recordRequest, { method, route, status }, 8 routes': () => {
    const monitor = new PerformanceMonitor();
    return (index) =>
      monitor.recordRequest((index & 63) !== 0, (index & 1023) * 0.25, {
        method: index & 8 ? 'GET' : 'POST',
        route: ROUTES[index & 7],
        status: 200,
      });
  },
  'recordRequest, URLs past maxEndpoints': () => {
    const monitor = new PerformanceMonitor();
    const urls = Array.from({ length: 1024 }, (_, index) => `/scan/${index}`);
    return (index) => monitor.recordRequest(true, (index & 1023) * 0.25, { endpoint: urls[index & 1023] });
  },
  'startTimer + timer.end()': () => {
    const monitor = new PerformanceMonitor();
    return () => monitor.startTimer('load-user').end();
  },
  'startTimer + endTimer(name)': () => {
    const monitor = new PerformanceMonitor();
    return () => monitor.endTimer(monitor.startTimer('load-user', { table: 'users' }).name);
  },
};

const intervals = { 'no monitor': 0, 'every 5 s': 5000, 'every 1 s': 1000 };

function timeRecording(name) {
  const record = recordings[name]();
  for (let index = 0; index < CALLS; index++) record(index);
  const times = [];
  for (let window = 0; window < WINDOWS; window++) {
    const before = process.cpuUsage();
    for (let index = 0; index < CALLS; index++) record(index);
    const { user, system } = process.cpuUsage(before);
    times.push(((user + system) * 1000) / CALLS);
  }
  times.sort((a, b) => a - b);
  return { best: times[0], median: times[(WINDOWS - 1) / 2] };
}

async function timeRunning(intervalMs, seconds) {
  const monitor =
    intervalMs > 0
      ? new PerformanceMonitor({ collectors: nodeCollectors(), reportingInterval: intervalMs })
      : undefined;
  await monitor?.start();
  // Past the start, with its compilation of what runs for the first time.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = process.cpuUsage();
  const begunMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(before);
  const cpuMsPerSecond = (user + system) / (performance.now() - begunMs);
  const ownMsPerSecond = (monitor?.getPerformanceSummary().overhead.ratio ?? 0) * 1000;
  await monitor?.stop();
  return { cpuMsPerSecond, ownMsPerSecond };
}

async function inOwnProcess(...given) {
  const { stdout } = await run(process.execPath, [self, ...given]);
  return JSON.parse(stdout);
}

async function main() {
  const seconds = Number(argument('--seconds', '20'));
  const results = { node: process.version, recordings: {}, running: {} };
  for (const name of Object.keys(recordings)) {
    results.recordings[name] = await inOwnProcess('--recording', name);
  }
  for (const [name, intervalMs] of Object.entries(intervals)) {
    results.running[name] = await inOwnProcess('--running', String(intervalMs), '--seconds', String(seconds));
  }
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(results, null, 2));
    return;
  }
  console.log(`Node ${process.version}\n\n${'recording'.padEnd(52)} best ns   median ns`);
  for (const [name, { best, median }] of Object.entries(results.recordings)) {
    console.log(`${name.padEnd(52)} ${best.toFixed(1).padStart(7)} ${median.toFixed(1).padStart(11)}`);
  }
  console.log(
    `\n${`running, idle process, ${seconds} s`.padEnd(36)} CPU ms/s   % of a CPU   monitor's own account, ms/s`,
  );
  for (const [name, { cpuMsPerSecond, ownMsPerSecond }] of Object.entries(results.running)) {
    console.log(
      `${name.padEnd(36)} ${cpuMsPerSecond.toFixed(2).padStart(8)} ${(cpuMsPerSecond / 10).toFixed(3).padStart(12)} ${ownMsPerSecond.toFixed(2).padStart(29)}`,
    );
  }
}

if (process.argv.includes('--recording')) {
  console.log(JSON.stringify(timeRecording(argument('--recording'))));
} else if (process.argv.includes('--running')) {
  const result = await timeRunning(Number(argument('--running')), Number(argument('--seconds', '20')));
  console.log(JSON.stringify(result));
} else {
  await main();
}
