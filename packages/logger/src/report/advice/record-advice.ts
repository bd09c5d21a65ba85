import type { EventHistory } from '../../history/history.ts';
import type { ReportRecommendation } from '../report.ts';
import { atTime, changeAgainst, counted, figure, roughly, shortName } from '../words.ts';
import { adviceId, type Findings } from './advice.ts';

/** Advice on benchmarks that got slower. */
export function benchmarkAdvice({ benchmarks }: Findings): ReportRecommendation[] {
  return benchmarks.flatMap(({ id, runs, medianMs, meanMs, previous }) =>
    previous?.judgement !== 'worse'
      ? []
      : [
          {
            id: adviceId('benchmark', id),
            priority: 'high',
            message: `Find out what has made the benchmark ${shortName(id)} slower: ${previous.message}`,
            evidence: [
              `${counted(runs, 'run')}: mean ${figure(meanMs, 'ms')}, median ${figure(medianMs, 'ms')}; ` +
                `mean before ${figure(previous.mean, 'ms')}.`,
            ],
          },
        ],
  );
}

/* Fewer are no storm, whatever they are compared with. */
const FEWEST_EVENTS = 30;
/* Against the period before; what doubles may be traffic. */
const MANY_TIMES = 3;
/* A step against the mean of the others. */
const BURST_TIMES = 10;
const FEWEST_STEPS = 12;

/** Advice on types of events that come in a burst, or many times as often as before. */
export function eventAdvice({ events, current, before }: Findings): ReportRecommendation[] {
  const histories = new Map(current.events.map((history) => [history.type, history]));
  const steps = (current.range.to - current.range.from) / current.stepMs;
  return events.flatMap(({ type, count, previousCount }) => {
    const history = histories.get(type);
    const burst = history ? burstOf(history, steps) : undefined;
    const isMore =
      previousCount !== undefined &&
      previousCount > 0 &&
      count >= FEWEST_EVENTS &&
      count >= MANY_TIMES * previousCount;
    if (!burst && !isMore) return [];
    const often = isMore ? changeAgainst(count / previousCount - 1, before) : undefined;
    return [
      {
        id: adviceId('events', type),
        priority: 'medium',
        message: `Find out why ${shortName(type)} happens so often: ${often ?? 'much of it came at once'}.`,
        evidence: [
          `${counted(count, 'event')}${previousCount === undefined ? '' : `, ${previousCount} in ${before}`}.`,
          ...(burst
            ? [`${burst.count} of them within ${roughly(current.stepMs)} from ${atTime(burst.time)}.`]
            : []),
        ],
      },
    ];
  });
}

function burstOf(
  { buckets, count }: EventHistory,
  steps: number,
): EventHistory['buckets'][number] | undefined {
  const [first, ...rest] = buckets;
  if (!first || steps < FEWEST_STEPS) return undefined;
  const most = rest.reduce((largest, each) => (each.count > largest.count ? each : largest), first);
  const usual = (count - most.count) / (steps - 1);
  return most.count >= FEWEST_EVENTS && most.count >= BURST_TIMES * usual ? most : undefined;
}

/** Advice where records never arrived. */
export function lossAdvice({ current, events, metrics }: Findings): ReportRecommendation[] {
  if (!(current.lost > 0)) return [];
  const kept =
    metrics.reduce((sum, { series }) => sum + series.count, 0) +
    events.reduce((sum, { count }) => sum + count, 0);
  return [
    {
      id: adviceId('lost', 'records'),
      priority: 'medium',
      message: 'Give the recorder a larger ring or a faster sink, or record less: records were lost.',
      evidence: [`${counted(current.lost, 'record')} lost, ${kept} kept.`],
    },
  ];
}
