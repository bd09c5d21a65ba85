/* The card of the database: what is slow, what would help, and what came of it. */

import { at, element, keep, list, read, rows } from './elements.js';
import { duration, fixed, megabytes, percent } from './format.js';

/* More is not looked at. */
const SLOW_SHOWN = 5;

/** @param refresh shows all anew, once a button was pressed */
export function listenToDatabase(refresh) {
  at('database').addEventListener('click', async ({ target }) => {
    const { path } = target.dataset;
    if (!path) return;
    try {
      await read(path, { method: 'POST' });
      await refresh();
    } catch (error) {
      at('survey').textContent = error.message;
    }
  });
}

export function showDatabase(snapshot, { isLooking, lookFailure, trials }, now) {
  const { slowQueries, advisedIndexes, repeatedQueries, surveyedAt, windowMs, statements } = snapshot;
  at('survey').textContent = [
    surveyedAt === undefined ? 'not looked at yet' : `looked at ${duration(now - surveyedAt)} ago`,
    `${statements.length} statements seen within ${duration(windowMs)}`,
    isLooking && 'looking now',
    lookFailure && `the last look failed: ${lookFailure}`,
  ]
    .filter(Boolean)
    .join('; ');
  at('look').disabled = isLooking;
  const slow = slowQueries.slice(0, SLOW_SHOWN);
  rows('slow', slow, ({ normalized, calls, meanMs, p95Ms, share }) => [
    [normalized, 'sql'],
    ...[calls, fixed(meanMs, 1), fixed(p95Ms, 1), percent(share, 0)].map((text) => [text, 'number']),
  ]);
  label('slow', ['', 'runs', 'mean ms', 'p95 ms', 'share of the time']);
  if (slow.length === 0) rows('slow', [['none']], (row) => row);
  const isMade = ({ id }) => trials.some((trial) => trial.id === id && isThere(trial.state.kind));
  const advised = advisedIndexes.filter((index) => !isMade(index));
  keep('advice', advised, ({ id }) => id, adviceItem, showAdvice);
  at('no-advice').hidden = advised.length > 0;
  keep(
    'trials',
    trials,
    ({ id }) => id,
    trialItem,
    (item, trial) => showTrial(item, trial, now),
  );
  at('trials-title').hidden = trials.length === 0;
  list('repeated', repeatedQueries, describeRepetition);
}

function isThere(kind) {
  return kind === 'making' || kind === 'made' || kind === 'dropping';
}

/** What each cell is, for telephones, where the head of the table is not shown. */
function label(id, labels) {
  for (const row of at(id).children) {
    [...row.children].forEach((cell, index) => {
      if (labels[index]) cell.dataset.label = labels[index];
    });
  }
}

function adviceItem({ id, sql }) {
  return element('li', {}, [
    element('code', { textContent: sql }),
    element('p'),
    button('make this index', id, 'make'),
  ]);
}

function showAdvice(item, { bytes, share, confidence, verifiedBy, reason, queries }) {
  const costs = queries.map(({ costBefore, costAfter }) => {
    return `${fixed(costBefore, 0)} → ${fixed(costAfter, 0)}`;
  });
  item.querySelector('p').textContent =
    `saves ${percent(share, 0)} of what all queries cost the planner (${costs.join(', ')} for a run); ` +
    `serves ${reason}; takes ${megabytes(bytes, 1)}; confidence ${confidence}, verified by ${verifiedBy}`;
}

function trialItem({ id, name }) {
  return element('li', {}, [
    element('code', { textContent: name }),
    element('p', { className: 'state' }),
    element('div'),
    button('drop it again', id, 'drop'),
  ]);
}

function showTrial(item, { state: { kind, reason }, since, statements }, now) {
  const state = item.querySelector('.state');
  state.textContent = reason ? `failed: ${reason}` : `${kind} ${duration(now - since)} ago`;
  state.classList.toggle('critical', kind === 'failed');
  item.querySelector('button').hidden = kind !== 'made';
  item
    .querySelector('div')
    .replaceChildren(
      ...statements.flatMap(({ text, before, after, plan }) => [
        element('p', { className: 'sql', textContent: text }),
        element('p', { className: 'times', textContent: describeTimes(before, after) }),
        ...(plan
          ? [element('p', { className: 'sql', textContent: `${plan.before.shape} → ${plan.after.shape}` })]
          : []),
      ]),
    );
}

function describeTimes(before, after) {
  const was = `before: median ${fixed(before.medianMs, 1)} ms, p95 ${fixed(before.p95Ms, 1)} ms of ${before.calls} runs`;
  if (!after) return `${was}; after: not run yet`;
  const faster = before.medianMs / after.medianMs;
  return (
    `${was}; after: median ${fixed(after.medianMs, 1)} ms, p95 ${fixed(after.p95Ms, 1)} ms of ${after.calls} runs` +
    (faster >= 1.1 ? `: ${fixed(faster, faster < 10 ? 1 : 0)} times as fast` : '')
  );
}

function describeRepetition({ pattern, normalized, request, maxRuns, requests, callSite }) {
  const what = pattern === 'redundant' ? 'the same again' : 'N+1';
  const where = callSite.slice(0, 2).map(shortFrame).join(', from ');
  return [
    `${what}: up to ${maxRuns} times in one ${request}, in ${requests} requests${where && `, at ${where}`}: ${normalized}`,
  ];
}

/** `async Catalogue.detail (file:///a/b/catalogue.js:66:22)` without the folders. */
function shortFrame(frame) {
  return frame.replace(/^async /, '').replace(/[^\s(]*[\\/]/, '');
}

function button(textContent, id, command) {
  const made = element('button', { type: 'button', textContent });
  made.dataset.path = `/database/indexes/${encodeURIComponent(id)}/${command}`;
  return made;
}
