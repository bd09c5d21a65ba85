/* Shows what /dashboard/data says, once a second, with a few minutes of history for the charts. */

const PERIOD_MS = 1000;
const HISTORY = 180;
const history = { rate: [], p95: [], delay: [], cpu: [] };
const at = (id) => document.getElementById(id);

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
  const response = await fetch('/dashboard/data', { signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const { status, uptime, summary, performance, health, alerts, recommendations, components } =
    await response.json();
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
  rows('checks', Object.values(health.checks), (check) => [
    check.name,
    [check.status, check.status],
    check.message,
  ]);
  list('alerts', alerts, ({ severity, message }) => [`${severity}: ${message}`, severity]);
  list('recommendations', recommendations, ({ priority, message }) => [`${priority}: ${message}`]);
  rows('cache', cacheFacts(components.cache), (fact) => fact);
  rows('process', facts(performance), (fact) => fact);
}

function cacheFacts({
  snapshot: { hits, misses, hitRatio, entries, bytes, loads, meanLoadMs, tier, hottestKeys },
}) {
  return [
    ['reads', hits + misses],
    ['answered from the cache', percent(hitRatio)],
    ['entries', entries],
    ['estimated memory', `${fixed(bytes / 2 ** 20, 2)} MB`],
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
    ['memory (RSS)', memory?.rssBytes && `${fixed(memory.rssBytes / 2 ** 20, 0)} MB`],
    ['heap used', memory?.heapUsedBytes && `${fixed(memory.heapUsedBytes / 2 ** 20, 0)} MB`],
    ['of the memory limit', percent(memory?.usedRatio)],
    ['event-loop utilisation', percent(eventLoop?.utilization)],
    ['longest event-loop delay', `${fixed(eventLoop?.maxDelayMs, 1)} ms`],
    ['time spent collecting garbage', percent(gc?.ratio)],
    ['cost of the monitor itself', percent(overhead.ratio, 3)],
  ];
}

function rows(id, items, cellsOf) {
  at(id).replaceChildren(
    ...items.map((item) => {
      const row = document.createElement('tr');
      row.append(...cellsOf(item).map(cell));
      return row;
    }),
  );
}

function cell(content) {
  const element = document.createElement('td');
  const [text, className] = Array.isArray(content) ? content : [content];
  element.textContent = text ?? '–';
  element.className = className ?? (/^[\d.,–%-]+( (MB|ms))?$/.test(element.textContent) ? 'number' : '');
  return element;
}

function list(id, items, textOf) {
  const entries = items.length > 0 ? items.map(textOf) : [['none']];
  at(id).replaceChildren(
    ...entries.map(([text, className = '']) => {
      const element = document.createElement('li');
      element.textContent = text;
      element.className = className;
      return element;
    }),
  );
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

function fixed(value, digits) {
  return typeof value === 'number' ? value.toFixed(digits) : '–';
}

function percent(ratio, digits = 1) {
  return typeof ratio === 'number' ? `${(ratio * 100).toFixed(digits)}%` : '–';
}
