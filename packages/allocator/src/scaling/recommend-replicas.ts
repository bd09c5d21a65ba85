import { type Duration, formatDuration, option, readOptions } from '@evenkeel/core';
import { demandOf, utilizationOf } from './demand.ts';
import { type DemandPoint, type DemandTrend, forecastDemand } from './demand-forecast.ts';
import type { LoadHistory } from './load-history.ts';
import type { LoadSample, RequestLoad } from './load-sample.ts';

/** Options of {@link recommendReplicas}. */
export interface ScalingOptions {
  /**
   * Part of a replica that is to be in use, from 0.1 to 0.95: beyond 0.7 or so queues grow long, and the loss of
   * a replica overloads the others. @defaultValue 0.7
   */
  readonly targetUtilization?: number;
  /** How far ahead: the time that a new replica needs to take load, and some. @defaultValue 300_000 */
  readonly horizon?: Duration;
  /** Fewer replicas are advised only when they would have been enough for so long. @defaultValue 600_000 */
  readonly downAfter?: Duration;
}

interface ScalingSettings {
  readonly targetUtilization: number;
  readonly horizon: number;
  readonly downAfter: number;
}

/** How many replicas the load needs, and why. */
export interface ScalingRecommendation {
  /** Replicas that share the load. */
  readonly current: number;
  readonly replicas: {
    /** Needed for the present load. */
    readonly now: number;
    /** Needed for the load at the horizon. */
    readonly forecast: number;
  };
  readonly horizonMs: number;
  /** What there is too little of; `none` while the present load stays within the target. */
  readonly bottleneck: 'cpu' | 'concurrency' | 'none';
  /** There was too little to judge by: the present number is advised. */
  readonly lowEvidence: boolean;
  /** For a person. */
  readonly message: string;
  readonly evidence: {
    readonly samples: number;
    readonly spanMs: number;
    readonly targetUtilization: number;
    /** Replicas that the load keeps busy all the time. */
    readonly demand: { readonly now: number; readonly forecast: number } | undefined;
    readonly trend: DemandTrend | undefined;
    /** Of one replica, by the newest sample, had all that arrived been served. */
    readonly utilization: { readonly cpu: number | undefined; readonly concurrency: number | undefined };
    /** The newest sample of one replica. */
    readonly requests: RequestLoad | undefined;
  };
}

/* Less says nothing yet. */
const FEWEST_SAMPLES = 6;

/* A need this close to what there is changes nothing: as in the Kubernetes autoscaler. */
const TOLERANCE = 0.1;

/* Beyond so many times the present number it is no longer a matter of counting. */
const MOST_TIMES_CURRENT = 10;

/**
 * How many replicas the load of a history needs, now and at the horizon: its demand, by the utilisation law and
 * Little's law, over the target utilisation. Assumes that the load is spread evenly. More are advised at once;
 * fewer only when that would have been enough for the whole of `downAfter`. Pure: it reads no clock.
 *
 * @throws ConfigurationError
 */
export function recommendReplicas(
  history: Pick<LoadHistory, 'samples'>,
  options?: ScalingOptions,
): ScalingRecommendation {
  const settings = readOptions<ScalingSettings>('recommendReplicas', options, {
    targetUtilization: option.number({ min: 0.1, max: 0.95 }).default(0.7),
    horizon: option.duration().default(300_000),
    downAfter: option.duration().default(600_000),
  });
  const { samples } = history;
  const points = measured(samples);
  const newest = samples.at(-1);
  const current = newest?.replicas ?? 1;
  const spanMs = (newest?.timeMs ?? 0) - (samples[0]?.timeMs ?? 0);
  const lowEvidence = points.length < FEWEST_SAMPLES;
  const demand = lowEvidence ? undefined : forecastDemand(points, settings.horizon);
  const needed = (load: number | undefined): number =>
    load === undefined ? current : replicasFor(load, current, points, settings);
  const replicas = { now: needed(demand?.now), forecast: needed(demand?.forecast) };
  const utilization = newest ? utilizationOf(newest) : { cpu: undefined, concurrency: undefined };
  const isShort = demand !== undefined && demand.now > settings.targetUtilization * current;
  const recommendation = {
    current,
    replicas,
    horizonMs: settings.horizon,
    bottleneck: isShort ? bottleneckOf(points) : ('none' as const),
    lowEvidence,
    evidence: {
      samples: points.length,
      spanMs,
      targetUtilization: settings.targetUtilization,
      demand: demand && { now: demand.now, forecast: demand.forecast },
      trend: demand?.trend,
      utilization,
      requests: newest?.requests,
    },
  };
  return { ...recommendation, message: describe(recommendation) };
}

interface MeasuredPoint extends DemandPoint {
  readonly sample: LoadSample;
}

function measured(samples: readonly LoadSample[]): MeasuredPoint[] {
  return samples.flatMap((sample) => {
    const demand = demandOf(sample);
    return demand === undefined ? [] : [{ timeMs: sample.timeMs, demand, sample }];
  });
}

function replicasFor(
  demand: number,
  current: number,
  points: readonly DemandPoint[],
  { targetUtilization, downAfter }: ScalingSettings,
): number {
  const exact = demand / targetUtilization;
  if (exact > current * (1 + TOLERANCE)) return Math.min(Math.ceil(exact), MOST_TIMES_CURRENT * current);
  if (exact >= current * (1 - TOLERANCE)) return current;
  const endMs = points.at(-1)?.timeMs ?? 0;
  const isLongEnough = endMs - (points[0]?.timeMs ?? endMs) >= downAfter;
  if (!isLongEnough) return current;
  const since = points.filter(({ timeMs }) => timeMs >= endMs - downAfter);
  const peak = Math.max(demand, ...since.map((point) => point.demand));
  // The fewer are to be below the target by the tolerance, so that they don't call for more at once.
  const fewer = Math.max(1, Math.ceil(peak / (targetUtilization * (1 - TOLERANCE))));
  return Math.min(current, fewer);
}

/** What the last measurements were short of, for most of them. */
function bottleneckOf(points: readonly MeasuredPoint[]): 'cpu' | 'concurrency' {
  const recent = points.slice(-FEWEST_SAMPLES).map(({ sample }) => utilizationOf(sample));
  const byCpu = recent.filter(({ cpu, concurrency }) => (cpu ?? 0) >= (concurrency ?? 0));
  return 2 * byCpu.length >= recent.length ? 'cpu' : 'concurrency';
}

function describe(recommendation: Omit<ScalingRecommendation, 'message'>): string {
  const { current, replicas, horizonMs, bottleneck, lowEvidence, evidence } = recommendation;
  const has = `${current} ${current === 1 ? 'replica' : 'replicas'}`;
  if (lowEvidence || !evidence.demand) {
    return `Too little was measured to judge by (${evidence.samples} samples): stay with ${has}.`;
  }
  const percent = (ratio: number) => `${Math.round(100 * ratio)} %`;
  const use = `the load takes ${percent(evidence.demand.now / current)} of ${has}`;
  const short = bottleneck === 'none' ? '' : bottleneck === 'cpu' ? ', for CPU' : ', for places in flight';
  const target = `target ${percent(evidence.targetUtilization)}`;
  const ahead =
    replicas.forecast === replicas.now
      ? ''
      : `, and ${replicas.forecast} in ${formatDuration(horizonMs)}, as demand is ${evidence.trend?.direction}`;
  if (replicas.now === current && ahead === '') return `Stay with ${has}: ${use} (${target}).`;
  return `Run ${replicas.now} now${ahead}: ${use}${short} (${target}).`;
}
