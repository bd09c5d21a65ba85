import { formatDuration } from '@evenkeel/core';
import type { OutlierDetector } from '../health/outlier-detector.ts';
import type { Picker } from '../picker.ts';
import type { Member } from './member.ts';
import type { ServerStatistics } from './roster-statistics.ts';

/** What is known of a server. */
export function describeMember(
  member: Member,
  nowMs: number,
  { fleet, strategy }: Picker,
  detector: OutlierDetector | undefined,
): ServerStatistics {
  const { slot, state, settings, requests, failures, ejections, checkStatus } = member;
  return {
    state,
    weight: settings.weight,
    effectiveWeight: fleet.weight[slot] ?? 0,
    inFlight: fleet.inFlight[slot] ?? 0,
    requests,
    failures,
    ejections,
    consecutiveFailures: detector?.streak(slot) ?? 0,
    failureRate: detector?.failureRate(slot) ?? 0,
    check: checkStatus,
    expectedMs: strategy.expectedMs?.(slot, nowMs),
  };
}

/**
 * Why a server was not chosen, for the person who reads the error.
 *
 * @param now epoch ms
 * @param isFailing whether its last request failed
 */
export function explain(
  { state, lastFailure }: Member,
  now: number,
  wasTried: boolean,
  isFailing: boolean,
): string {
  const failure = isFailing ? `; its last request failed: ${lastFailure}` : '';
  if (wasTried) return `was tried${failure}`;
  switch (state.kind) {
    case 'up':
      return `is up, but was not chosen${failure}`;
    case 'unchecked':
      return 'waits for its first check';
    case 'down':
      return `fails its check: ${state.reason}`;
    case 'ejected':
      return state.until > now
        ? `is out for another ${formatDuration(state.until - now)}: ${state.reason}`
        : `is out until its check passes: ${state.reason}`;
    case 'trial':
      return `is on trial, with a request at a time: ${state.reason}`;
    case 'draining':
      return 'is being removed';
  }
}
