import type { ComponentHealth } from '@evenkeel/core';
import type { TrackedAlert } from './alert-state.ts';
import type { AlertStats } from './alert-stats.ts';
import type { Channel } from './channels/channel.ts';
import type { AlertEngine, RuleStatus } from './engine/alert-engine.ts';
import type { Silence } from './silences/silence.ts';

/** The state of `AlertManager` as plain data, without secrets. */
export interface AlertSnapshot {
  readonly isRunning: boolean;
  /** The gravest first, at most 100; `stats` counts all. */
  readonly alerts: readonly TrackedAlert[];
  readonly silences: readonly Silence[];
  readonly maintenance: readonly { readonly name: string; readonly isActive: boolean }[];
  readonly rules: readonly RuleStatus[];
  readonly channels: readonly ChannelStatus[];
  readonly stats: AlertStats;
}

export interface ChannelStatus {
  readonly name: string;
  readonly kind: string;
  readonly description: string;
  /** Why its last try has failed; absent where it has not. */
  readonly error?: string;
}

interface SnapshotInput {
  readonly isRunning: boolean;
  readonly engine: AlertEngine;
  readonly channels: readonly Channel[];
  readonly failing: ReadonlyMap<string, string>;
  readonly stats: AlertStats;
}

/* A page shows no more. */
const MAX_ALERTS = 100;

const GRAVITY: Readonly<Record<TrackedAlert['severity'], number>> = { critical: 0, warning: 1, info: 2 };

export function alertSnapshot({ isRunning, engine, channels, failing, stats }: SnapshotInput): AlertSnapshot {
  const alerts = [...engine.alerts()].sort((a, b) => {
    const byState = Number(a.state === 'pending') - Number(b.state === 'pending');
    return byState || GRAVITY[a.severity] - GRAVITY[b.severity] || a.since - b.since;
  });
  return {
    isRunning,
    alerts: alerts.slice(0, MAX_ALERTS),
    silences: engine.silences(),
    maintenance: engine.maintenance(),
    rules: engine.rules(),
    channels: channels.map(({ name, kind, description }) => {
      const error = failing.get(name);
      return { name, kind, description, ...(error !== undefined && { error }) };
    }),
    stats,
  };
}

/** Channels that take nothing cost up to 80 points, alerts or label sets without a place 10 each. */
export function alertHealth(stats: AlertStats, channels: number, failing: number): ComponentHealth {
  const { refused, droppedObservations, series, pending, firing, delivery } = stats;
  const failingPart = channels === 0 ? 0 : Math.min(1, failing / channels);
  const score = 100 - 80 * failingPart - (refused > 0 ? 10 : 0) - (droppedObservations > 0 ? 10 : 0);
  return {
    score: Math.round(score),
    status: failingPart === 1 ? 'critical' : score < 100 ? 'warning' : 'healthy',
    metrics: {
      firing: firing.info + firing.warning + firing.critical,
      pending,
      channels,
      failingChannels: failing,
      pendingMessages: delivery.pending,
      deadChanges: delivery.dead,
      refused,
      series,
      droppedObservations,
    },
  };
}
