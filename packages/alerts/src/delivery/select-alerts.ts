import type { TrackedAlert } from '../alert-state.ts';
import { MAX_ALERTS_IN_MESSAGE } from '../channels/channel.ts';
import { rankOf } from './severity-rank.ts';

/**
 * The alerts that a message lists: first what fires, then what is resolved, of these the gravest, of these the news.
 * In time proportional to their number: an alarm storm comes through here.
 */
export function selectAlerts(
  firing: readonly TrackedAlert[],
  resolved: readonly TrackedAlert[],
  isNews: (alert: TrackedAlert) => boolean,
): readonly TrackedAlert[] {
  const shelves: TrackedAlert[][] = [];
  const place = (alert: TrackedAlert, shelf: number): void => {
    shelves[shelf] ??= [];
    const placed = shelves[shelf];
    if (placed.length < MAX_ALERTS_IN_MESSAGE) placed.push(alert);
  };
  for (const alert of firing) place(alert, 2 * (3 - rankOf(alert.severity)) + (isNews(alert) ? 0 : 1));
  for (const alert of resolved) place(alert, 6 + 3 - rankOf(alert.severity));
  // Shelves that nothing was placed on are holes, which `flat` passes over.
  return shelves.flat().slice(0, MAX_ALERTS_IN_MESSAGE);
}
