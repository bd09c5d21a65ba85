/**
 * Runs `pnpm start` as a visitor would and holds it to its promises: it prints an address, answers from the
 * database there, and on Ctrl-C all of it is gone within 3 s.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 3000;
const root = fileURLToPath(new URL('..', import.meta.url));
/* Marks the whole family of processes, also those that have lost their parent. */
const mark = `START_CHECK_MARK=${process.pid}-${Date.now()}`;

const startedAt = Date.now();
const child = spawn('npx', ['-y', 'pnpm@10.34.9', 'start'], {
  cwd: root,
  detached: true,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, [mark.split('=')[0]]: mark.split('=')[1], PORT: '0' },
});

try {
  const address = await addressPrinted();
  console.log(`start: serving at ${address} after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  for (const path of ['/', '/products?q=lamp', '/products/1', '/health', '/health/ready', '/metrics']) {
    const response = await fetch(new URL(path, address));
    const body = await response.text();
    if (!response.ok || body === '') throw new Error(`${path} answered ${response.status}`);
    console.log(`start: ${path} answered ${response.status}, ${body.length} characters`);
  }
  console.log(`start: ${await visits(address)} requests of visitors were measured`);
  const stopAt = Date.now();
  // Ctrl-C in a terminal reaches every process of the group.
  process.kill(-child.pid, 'SIGINT');
  while (family().length > 0 && Date.now() - stopAt < STOP_LIMIT_MS) await sleep(20);
  const left = family();
  if (left.length > 0) throw new Error(`still running after ${STOP_LIMIT_MS} ms:\n${left.join('\n')}`);
  console.log(`start: all processes gone ${Date.now() - stopAt} ms after Ctrl-C`);
} finally {
  for (const line of family()) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
}

async function addressPrinted() {
  let output = '';
  child.stdout.setEncoding('utf8');
  for await (const chunk of child.stdout) {
    process.stdout.write(chunk);
    output += chunk;
    const match = /http:\/\/[\w.]+:\d+/.exec(output);
    if (match) {
      child.stdout.resume();
      return match[0];
    }
    if (Date.now() - startedAt > START_LIMIT_MS) break;
  }
  throw new Error('no address was printed');
}

/** How often the visitors' own process has come, once it has. */
async function visits(address) {
  for (let attempt = 0; attempt < 100; attempt++) {
    const dashboard = await (await fetch(new URL('/dashboard/data', address))).json();
    const { endpoints } = dashboard.performance;
    const orders = endpoints.find(({ endpoint }) => endpoint === 'POST /orders');
    if (orders) return endpoints.reduce((sum, { totalRequests }) => sum + totalRequests, 0);
    await sleep(100);
  }
  throw new Error('no visitor has placed an order within 10 s');
}

/** `pid command` of every live process that carries the mark in its environment. */
function family() {
  if (!existsSync('/proc')) throw new Error('this check needs /proc');
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const marked = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
      return marked ? [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`] : [];
    } catch {
      return [];
    }
  });
}
