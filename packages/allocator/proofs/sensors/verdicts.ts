import { MODES, thresholdsFor } from '../../src/modes.ts';

/** What was read at one sweep, and what others would have gone by at the same moment. */
export interface Sweep {
  readonly atMs: number;
  /** Greatest utilisation of each resource. */
  readonly ours: Readonly<Record<string, number>>;
  /** `process.availableMemory()` of `process.constrainedMemory()`, used; `undefined` where there is no limit. */
  readonly availableMemory: number | undefined;
  readonly eluInterval: number | undefined;
  readonly eluCumulative: number | undefined;
  readonly meanDelayMs: number | undefined;
}

/** Our sensors at the level from which components are reduced, by default, and what is in use elsewhere. */
export const JUDGES = ['ours', 'availableMemory', 'ELU interval', 'ELU cumulative', 'mean delay'] as const;
type Judge = (typeof JUDGES)[number];

/* The strictest default of the packages that go by a mean delay: overload-protection's. */
const MEAN_DELAY_MS = 42;

const settings = MODES.balanced;

const FIGURES: Readonly<Record<Exclude<Judge, 'ours'>, (sweep: Sweep) => number | undefined>> = {
  availableMemory: (sweep) => sweep.availableMemory,
  'ELU interval': (sweep) => sweep.eluInterval,
  'ELU cumulative': (sweep) => sweep.eluCumulative,
  'mean delay': (sweep) => sweep.meanDelayMs,
};

/* The others are given our own thresholds. */
const LIMITS: Readonly<Record<Exclude<Judge, 'ours'>, number>> = {
  availableMemory: thresholdsFor(settings, 'memory').serious,
  'ELU interval': thresholdsFor(settings, 'eventLoop').serious,
  'ELU cumulative': thresholdsFor(settings, 'eventLoop').serious,
  'mean delay': MEAN_DELAY_MS,
};

function alarms(judge: Judge, sweep: Sweep, resource: string | undefined): boolean {
  if (judge !== 'ours') return (FIGURES[judge](sweep) ?? 0) >= LIMITS[judge];
  return Object.entries(sweep.ours).some(
    ([each, utilization]) =>
      (resource === undefined || resource === each) && utilization >= thresholdsFor(settings, each).serious,
  );
}

/** A state of the process, and whether it is short of something. */
export interface Row {
  readonly name: string;
  /** The resource that ours is judged by; `undefined`: all. */
  readonly resource: string | undefined;
  /** Whether an alarm is right, or wrong. */
  readonly isPressing: boolean;
  /** Begins with a calm time, which nobody may be alarmed by. */
  run(): Promise<Observation>;
}

export interface Observation {
  readonly sweeps: readonly Sweep[];
  /** When the calm time was over. */
  readonly beganMs: number;
  /** When what presses had come about. */
  readonly onsetMs: number;
}

export interface Verdict {
  readonly judge: Judge;
  /** `absent` where there is no such figure: no limit, or no Node. */
  readonly kind: 'right' | 'false alarm' | 'missed' | 'late' | 'absent';
  /** From the onset to the alarm, 0 for one that came as it was coming about; `undefined` without an alarm. */
  readonly alarmAfterMs: number | undefined;
}

/* What the sensors promise. */
const IN_TIME_MS = 1000;

/**
 * Right is an alarm within a second of the onset where something presses, none in the calm time, and none at all
 * where nothing presses. The others may take their time.
 */
export function judge({ resource, isPressing }: Row, { sweeps, beganMs, onsetMs }: Observation): Verdict[] {
  return JUDGES.map((each) => {
    if (each !== 'ours' && sweeps.every((sweep) => FIGURES[each](sweep) === undefined)) {
      return { judge: each, kind: 'absent', alarmAfterMs: undefined };
    }
    const untilMs = isPressing ? beganMs : Infinity;
    const isFalse = sweeps.some((sweep) => sweep.atMs < untilMs && alarms(each, sweep, resource));
    const first = sweeps.find((sweep) => sweep.atMs >= beganMs && alarms(each, sweep, resource));
    const alarmAfterMs = first && Math.max(0, first.atMs - onsetMs);
    if (isFalse) return { judge: each, kind: 'false alarm', alarmAfterMs };
    if (!isPressing) return { judge: each, kind: 'right', alarmAfterMs };
    if (alarmAfterMs === undefined) return { judge: each, kind: 'missed', alarmAfterMs };
    const isLate = each === 'ours' && alarmAfterMs > IN_TIME_MS;
    return { judge: each, kind: isLate ? 'late' : 'right', alarmAfterMs };
  });
}
