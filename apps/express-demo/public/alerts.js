/* What is wrong, what was told of it, and what was wrong before. */

import { at, list, read } from './elements.js';
import { duration } from './format.js';

export function listenToAlerts(show) {
  at('test-message').addEventListener('click', async ({ target }) => {
    target.disabled = true;
    try {
      await read('/alerts/test', { method: 'POST' });
      await show();
    } catch (error) {
      at('status').textContent = `the test was not sent: ${error.message}`;
    } finally {
      target.disabled = false;
    }
  });
}

export function showAlerts(alerts, { stats, channels }, { history, messages }, now) {
  list('alerts', alerts, ({ severity, message, since }) => [
    `${severity}: ${message} (for ${duration(now - since)})`,
    severity,
  ]);
  list('messages', messages, ({ subject, severity, receivedAt, kind }) => [
    `${duration(now - receivedAt)} ago: ${subject}`,
    kind === 'resolved' ? 'healthy' : severity,
  ]);
  const { accepted, sent, pending, dead, suppressed } = stats.delivery;
  const failing = channels
    .filter(({ error }) => error !== undefined)
    .map(({ name, error }) => `${name}: ${error}`);
  at('deliveries').textContent = [
    `${accepted} changes to tell: ${sent} told, ${pending} on their way, ${dead} given up, ${suppressed} not told`,
    ...failing,
  ].join('; ');
  const over = history.filter(({ state }) => state === 'resolved');
  list('past-alerts', over, ({ severity, message, since, resolvedAt }) => [
    `${severity}, ${duration(now - resolvedAt)} ago for ${duration(resolvedAt - since)}: ${message}`,
  ]);
}
