/* Shows what /dashboard/data, /background, /workers, /database and /alerts say, once a second, with some history. */

import { listenToAlerts, showAlerts } from './alerts.js';
import { listenToDatabase, showDatabase } from './database.js';
import { at, list, read, rows } from './elements.js';
import { duration, fixed, megabytes, percent, sum } from './format.js';

const PERIOD_MS = 1000;
const HISTORY = 180;
const history = { rate: [], p95: [], delay: [], cpu: [] };

at('workers').addEventListener('click', command);
listenToDatabase(show);
listenToAlerts(show);
refresh();

async function refresh() {
  try {
    if (!at('pause').checked) await show();
  } catch (error) {
    at('status').textContent = `no answer (${error.message}); trying again`;
  }
  setTimeout(refresh, PERIOD_MS);
}

async function show() {
  const [dashboard, background, { workers }, tuning, told] = await Promise.all(
    ['/dashboard/data', '/background', '/workers', '/database', '/alerts'].map((path) => read(path)),
  );
  const { status, uptime, summary, performance, health, alerts, recommendations, components } = dashboard;
  at('status').textContent = `${status}, up for ${Math.round(uptime / 1000)} s`;
  at('status').className = status;
  at('score').textContent = summary.overallScore;
  rows('score-parts', summary.scoreParts, ({ name, score, weight, reason }) => [
    name,
    Math.round(score),
    fixed(weight, 2),
    reason,
  ]);
  chart('rate', performance.requestRate, 1);
  chart('p95', performance.responseTime.count > 0 ? performance.responseTime.p95 : null, 1);
  chart('delay', performance.eventLoop?.p99DelayMs, 1);
  chart('cpu', performance.cpu && performance.cpu.ratio * 100, 0);
  rows('endpoints', performance.endpoints, ({ endpoint, requestRate, errorRate, responseTime, apdex }) => {
    const { mean, p50, p95, p99 } = responseTime;
    return [
      endpoint,
      fixed(requestRate, 2),
      percent(errorRate),
      ...[mean, p50, p95, p99].map((ms) => fixed(ms, 2)),
      fixed(apdex, 2),
    ];
  });
  const { snapshot: allocator } = components.allocator;
  showDatabase(components.database.snapshot, tuning, dashboard.timestamp);
  showWorkers(workers, components.loadBalancer.snapshot, dashboard.timestamp);
  showJobs(background, allocator);
  showResources(allocator);
  showAdmission(allocator.admission);
  rows('checks', Object.values(health.checks), (check) => [
    check.name,
    [check.status, check.status],
    check.message,
  ]);
  showAlerts(alerts, components.alerts.snapshot, told, dashboard.timestamp);
  list('recommendations', recommendations, ({ priority, message }) => [`${priority}: ${message}`]);
  rows('cache', cacheFacts(components.cache), (fact) => fact);
  rows('process', facts(performance), (fact) => fact);
}

/* The shares are of the traffic since so many looks ago. */
const SHARE_LOOKS = 10;
const requestCounts = [];

function showWorkers(workers, balancer, now) {
  const { servers, latency, retries, requests } = balancer;
  const shares = trafficShares(servers);
  const table = at('workers');
  // The rows stay what they are: a button that is replaced while it is pressed is never clicked.
  for (const { id } of workers) if (!at(id)) table.append(workerRow(id));
  for (const { id, pid, port, state } of workers) {
    const server = servers[id];
    const texts = [
      id,
      describeProcess(state, pid, port, now),
      server ? describeServer(server, now) : 'unknown to it',
      percent(shares[id], 0),
      server && String(server.inFlight),
      server?.expectedMs === undefined ? undefined : `${fixed(server.expectedMs, 1)} ms`,
    ];
    const cells = at(id).children;
    texts.forEach((content, index) => {
      const [text, className = cells[index].className] = Array.isArray(content) ? content : [content];
      cells[index].textContent = text ?? '–';
      cells[index].className = className;
    });
    for (const button of at(id).querySelectorAll('button')) {
      button.disabled = !isPossible(button.dataset.command, state);
    }
  }
  if (workers.length === 0) rows('workers', [['none: started with WORKERS=0']], (row) => row);
  const again = sum(Object.values(retries));
  const { succeeded, arrived } = requests;
  at('balancer').textContent =
    `${arrived} requests: ${succeeded} went well, ${again} were tried again; ` +
    `p50 ${fixed(latency.p50, 1)} ms, p99 ${fixed(latency.p99, 1)} ms${balancer.panic ? '; in panic: all get traffic' : ''}`;
}

const WORKER_COLUMNS = [null, 'process', 'to the balancer', 'traffic', 'in flight', 'expected', null];
const COMMANDS = ['kill', 'freeze', 'slow', 'restore', 'restart'];

function workerRow(id) {
  const row = document.createElement('tr');
  row.id = id;
  WORKER_COLUMNS.forEach((label, index) => {
    const element = row.appendChild(document.createElement('td'));
    if (label) element.dataset.label = label;
    if (index >= 3 && index <= 5) element.className = 'number';
  });
  row.lastElementChild.append(
    ...COMMANDS.map((command) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = command;
      button.dataset.command = command;
      button.setAttribute('aria-label', `${command} ${id}`);
      return button;
    }),
  );
  return row;
}

async function command({ target }) {
  const { command } = target.dataset;
  if (!command) return;
  try {
    const path = `/workers/${target.closest('tr').id}/${command}`;
    await read(path, { method: 'POST' });
    await show();
  } catch (error) {
    at('status').textContent = error.message;
  }
}

function isPossible(command, { kind, isFrozen, delayMs }) {
  if (kind === 'dead') return command === 'restore';
  if (kind !== 'running') return false;
  if (command === 'freeze') return !isFrozen;
  if (command === 'slow') return delayMs === 0 && !isFrozen;
  return command !== 'restore' || isFrozen || delayMs > 0;
}

function describeProcess({ kind, isFrozen, delayMs, reason, startsAt }, pid, port, now) {
  if (kind === 'dead') return [`${reason}; starts again in ${duration(startsAt - now)}`, 'critical'];
  if (kind !== 'running') return [kind, 'warning'];
  const where = `pid ${pid}, port ${port}`;
  if (isFrozen) return [`frozen, ${where}`, 'critical'];
  return delayMs > 0 ? [`slow by ${delayMs} ms, ${where}`, 'warning'] : [`runs, ${where}`, 'healthy'];
}

function describeServer({ state, effectiveWeight }, now) {
  const { kind, reason, until, rampUntil } = state;
  if (kind === 'up' && rampUntil > now)
    return [`up, starts slowly: ${percent(effectiveWeight, 0)}`, 'warning'];
  if (kind === 'up') return ['up', 'healthy'];
  if (kind === 'ejected' && until > now)
    return [`ejected for ${duration(until - now)}: ${reason}`, 'critical'];
  return reason ? [`${kind}: ${reason}`, 'critical'] : [kind, 'warning'];
}

/** Parts of the latest traffic, by server. */
function trafficShares(servers) {
  const counts = Object.fromEntries(Object.entries(servers).map(([id, { requests }]) => [id, requests]));
  requestCounts.push(counts);
  if (requestCounts.length > SHARE_LOOKS + 1) requestCounts.shift();
  const [before] = requestCounts;
  // A server that was added anew counts from 0.
  const latest = ([id, count]) => [id, count >= (before[id] ?? 0) ? count - (before[id] ?? 0) : count];
  const entries = Object.entries(counts).map(latest);
  const total = sum(entries.map(([, count]) => count));
  return Object.fromEntries(entries.map(([id, count]) => [id, total > 0 ? count / total : undefined]));
}

const STATE_CLASSES = {
  running: 'healthy',
  reduced: 'warning',
  reducing: 'warning',
  resuming: 'warning',
  pausing: 'critical',
  paused: 'critical',
  unresponsive: 'critical',
};

function showJobs({ jobs, thumbnails }, { components }) {
  rows('jobs', jobs, ({ name, produced, heldBytes, failure }) => {
    const { kind, share, since, reason, error } = components[name]?.state ?? { kind: 'not registered' };
    const ago = since === undefined ? '' : `, for ${duration(Date.now() - since)}`;
    const done = kind === 'running' ? 1 : (share ?? 0);
    return [
      name,
      [`${kind}${ago}`, STATE_CLASSES[kind]],
      error ?? reason,
      percent(done, 0),
      failure === undefined ? produced : [`${produced}; ${failure}`, 'critical'],
      megabytes(heldBytes, 2),
    ];
  });
  if (jobs.length === 0) rows('jobs', [['none: started with BACKGROUND=0']], (row) => row);
  const shown = at('thumbnails');
  const key = thumbnails.join();
  // So that pictures which are there already don't flicker.
  if (shown.dataset.key === key) return;
  shown.dataset.key = key;
  shown.replaceChildren(
    ...thumbnails.map((id) => {
      const image = document.createElement('img');
      image.src = `/thumbnails/${id}?size=32`;
      image.alt = `product ${id}`;
      image.width = image.height = 32;
      return image;
    }),
  );
}

const LEVEL_CLASSES = { nominal: 'healthy', fair: 'healthy', serious: 'warning', critical: 'critical' };

function showResources({ resources, mode, lastStep }) {
  rows('resources', Object.entries(resources), ([resource, { level, utilization }]) => [
    resource,
    percent(utilization, 0),
    [level, LEVEL_CLASSES[level]],
  ]);
  const step =
    lastStep && `${duration(Date.now() - lastStep.at)} ago: ${lastStep.kind} ${lastStep.components}`;
  at('last-step').textContent = `mode ${mode}; last step ${step ? `${step} (${lastStep.reason})` : 'none'}`;
}

function showAdmission({ inFlight, queued, rejected, limit, classes }) {
  rows('admission', Object.entries(classes), ([name, { arrived, started, queued, rejected, overloaded }]) => [
    overloaded ? [`${name}, overloaded`, 'critical'] : name,
    arrived,
    started,
    queued,
    sum(Object.values(rejected)),
  ]);
  at('in-flight').textContent =
    `${inFlight} in flight${limit === undefined ? '' : ` of ${limit} at the most`}, ${queued} waiting, ${rejected} refused`;
}

function cacheFacts({
  snapshot: { hits, misses, hitRatio, entries, bytes, loads, meanLoadMs, tier, hottestKeys },
}) {
  return [
    ['reads', hits + misses],
    ['answered from the cache', percent(hitRatio)],
    ['entries', entries],
    ['estimated memory', megabytes(bytes, 2)],
    ['loads', loads],
    ['mean time of a load', `${fixed(meanLoadMs, 2)} ms`],
    ['shared by instances', tier ? `in Redis, ${tier.state}` : 'no'],
    [
      'read most',
      hottestKeys
        .slice(0, 3)
        .map(({ key }) => key)
        .join(', ') || 'not yet known',
    ],
  ];
}

function facts({ memory, eventLoop, gc, totals, overhead }) {
  return [
    ['requests since the start', totals.requests],
    ['memory (RSS)', memory?.rssBytes && megabytes(memory.rssBytes, 0)],
    ['heap used', memory?.heapUsedBytes && megabytes(memory.heapUsedBytes, 0)],
    ['of the memory limit', percent(memory?.usedRatio)],
    ['event-loop utilisation', percent(eventLoop?.utilization)],
    ['longest event-loop delay', `${fixed(eventLoop?.maxDelayMs, 1)} ms`],
    ['time spent collecting garbage', percent(gc?.ratio)],
    ['cost of the monitor itself', percent(overhead.ratio, 3)],
  ];
}

function chart(name, value, digits) {
  at(name).textContent = fixed(value, digits);
  if (typeof value !== 'number') return;
  const values = history[name];
  values.push(value);
  if (values.length > HISTORY) values.shift();
  const highest = Math.max(...values) || 1;
  // The newest is at the right; the line grows to the left.
  const left = HISTORY - values.length;
  const points = values.map(
    (each, at) => `${((left + at) / (HISTORY - 1)) * 100},${30 - (each / highest) * 28}`,
  );
  const svg = at(`${name}-chart`);
  svg.setAttribute('viewBox', '0 0 100 32');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute(
    'aria-label',
    `${name}: now ${fixed(value, digits)}, highest of the last minutes ${fixed(highest, digits)}`,
  );
  const line =
    svg.firstElementChild ??
    svg.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'polyline'));
  line.setAttribute('points', points.join(' '));
}
