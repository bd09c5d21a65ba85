import { Comparison } from './comparison.ts';
import { SaturatedWindow } from './saturated-window.ts';

/* A cold start: about what pools of pg have when nothing is said. */
const START = 8;

/* Steps are octaves: a doubling first, down to a fifth more or less. */
const FIRST_STEP = 1;
const LAST_STEP = 0.25;

/* A connection more must bring a fifteenth of its share: it costs the server a process, and memory. */
const PRICE = 0.07;

/* Completions in a window, at least: as many for a large step, more for a small one; and several lives of the work. */
const COMPLETIONS = 16;
const LIVES = 4;
/* So many times more where the work is of very different sizes: fewer would take longer to settle than to count. */
const MOST_SPREAD = 4;

/* Pairs of windows in a trial. Where they prove nothing it goes on after the next rest. */
const MOST_PAIRS = 16;

/* Where no step is better, it rests so many times as long as it has looked round: twice as long each time. */
const FIRST_REST = 4;
const LONGEST_REST = 32;

/* Throughput at rest so much off, by its logarithm, in so many windows in a row: that is another load. */
const CHANGED = 0.35;
const CHANGED_WINDOWS = 3;

/* The scatter of work is the mean of about so many windows. */
const SCATTER_GAIN = 1 / 16;
/* As of work whose times are exponentially distributed, until it is known. */
const USUAL_SCATTER = 1;

type Direction = 1 | -1;

interface Trial {
  readonly kind: 'trial';
  readonly direction: Direction;
  /** The limit that is tried beside the centre. */
  readonly probe: number;
  readonly comparison: Comparison;
  pairsLeft: number;
  /** The first window of a pair, while the second is under way. */
  first: SaturatedWindow | undefined;
}

interface Rest {
  readonly kind: 'rest';
  windowsLeft: number;
  /** Throughput per ms. */
  usual: number | undefined;
  changedWindows: number;
}

/**
 * Finds the number of connections with the best throughput by trying: a compass search. The limit alternates between a
 * centre and a probe beside it, and moves there when pairs of windows prove that it brings more; when neither side
 * does, the step is halved; after the smallest it rests at the centre, and looks round again from time to time.
 * Throughput is compared only while there is more to do than the limit lets through.
 *
 * It doesn't look at service times: they have no baseline in a mix of fast and slow work, and where a part of the time
 * is spent outside of the database they rise long before the knee. The price of a connection decides where throughput
 * is flat.
 *
 * T. G. Kolda, R. M. Lewis and V. Torczon, "Optimization by Direct Search", SIAM Review 45 (2003).
 */
export class KneeSearch {
  readonly #max: number;
  #centre: number;
  #step = FIRST_STEP;
  /** Directions in which the step is still to be tried from this centre. */
  #untried: Direction[] = [1, -1];
  #phase: Trial | Rest = { kind: 'rest', windowsLeft: 0, usual: undefined, changedWindows: 0 };
  #window: SaturatedWindow;
  /** What is known of the centre and others, by these. */
  readonly #comparisons = new Map<number, Comparison>();
  /** Squared coefficient of variation of the times that work takes. */
  #scatter = USUAL_SCATTER;
  #rest = FIRST_REST;
  /** Windows since the last rest. */
  #tries = 0;
  #inUse = 0;
  #atMs: number;
  /** Counts the times that the limit was changed. */
  #epoch = 0;

  constructor(max: number, nowMs: number) {
    this.#max = max;
    this.#centre = Math.min(START, max);
    this.#atMs = nowMs;
    this.#window = this.#windowAt(this.#centre, true);
    this.#tryNext();
  }

  /** Connections that may be in use now. */
  get limit(): number {
    return this.#window.limit;
  }

  /** The best limit that is known. */
  get centre(): number {
    return this.#centre;
  }

  /** Work begins. Gives what {@link ended} is to be told. */
  began(nowMs: number): number {
    this.#spend(nowMs);
    this.#inUse += 1;
    return this.#epoch;
  }

  /**
   * Work has ended.
   *
   * @param epoch what {@link began} gave
   * @param tookMs from there to here; undefined where it didn't do what it was to do: failures are no throughput
   */
  ended(epoch: number, tookMs: number | undefined, nowMs: number): void {
    this.#spend(nowMs);
    this.#window.end(this.#inUse, epoch !== this.#epoch, tookMs);
    this.#inUse -= 1;
    const phase = this.#phase;
    if (this.#window.isOver) {
      this.#scatter += SCATTER_GAIN * (this.#window.scatter - this.#scatter);
      if (phase.kind === 'trial') this.#tried(phase, this.#window);
      else this.#rested(phase, this.#window);
    } else if (this.#window.isIdle && phase.kind === 'trial') this.#startRest();
  }

  /** No more connections than so many can be had now: goes down to that, and stays for a while. */
  lowerTo(limit: number): void {
    this.#moveTo(Math.max(1, Math.min(limit, this.#centre)));
    this.#startRest();
  }

  #spend(nowMs: number): void {
    this.#window.spend(this.#inUse, nowMs - this.#atMs);
    this.#atMs = nowMs;
  }

  #tried(trial: Trial, window: SaturatedWindow): void {
    const { first, comparison, probe, direction } = trial;
    this.#tries += 1;
    const isProbe = window.limit === probe;
    if (!first) {
      trial.first = window;
      this.#window = this.#windowAt(isProbe ? this.#centre : probe, true);
      return;
    }
    const [centre, probed] = isProbe ? [first, window] : [window, first];
    const gain = Math.log(probed.throughput / centre.throughput);
    const price = PRICE * Math.log(probe / this.#centre);
    comparison.add(gain - price, this.#scatter * (1 / centre.completions + 1 / probed.completions));
    trial.pairsLeft -= 1;
    const { isBetter } = comparison;
    if (isBetter) {
      this.#moveTo(probe);
      this.#step = Math.min(FIRST_STEP, 2 * this.#step);
      this.#untried = [direction];
      this.#tryNext();
    } else if (isBetter === false || trial.pairsLeft <= 0) {
      this.#tryNext();
    } else {
      // The next pair is the other way round, so that a load that rises or falls favours neither.
      trial.first = undefined;
      this.#window = this.#windowAt(window.limit, false);
    }
  }

  #moveTo(centre: number): void {
    if (centre === this.#centre) return;
    this.#centre = centre;
    this.#comparisons.clear();
    this.#rest = FIRST_REST;
  }

  /** Tries the next direction, else a smaller step, else rests. */
  #tryNext(): void {
    for (;;) {
      const direction = this.#untried.shift();
      if (direction !== undefined) {
        const probe = this.#beside(direction);
        if (probe === this.#centre) continue;
        const comparison = this.#comparisons.get(probe) ?? new Comparison();
        this.#comparisons.set(probe, comparison);
        this.#phase = {
          kind: 'trial',
          direction,
          probe,
          comparison,
          pairsLeft: MOST_PAIRS,
          first: undefined,
        };
        this.#window = this.#windowAt(this.#centre, true);
        return;
      }
      if (this.#step <= LAST_STEP) break;
      this.#step /= 2;
      this.#untried = [1, -1];
    }
    this.#startRest();
  }

  #startRest(): void {
    // What was found worse is known, and found so again by one pair; what proved nothing is gone on with.
    this.#step = FIRST_STEP;
    this.#untried = [1, -1];
    const windowsLeft = this.#tries * this.#rest;
    this.#phase = { kind: 'rest', windowsLeft, usual: undefined, changedWindows: 0 };
    this.#rest = Math.min(LONGEST_REST, 2 * this.#rest);
    this.#tries = 0;
    this.#window = this.#windowAt(this.#centre, true);
  }

  #rested(rest: Rest, { throughput }: SaturatedWindow): void {
    rest.windowsLeft -= 1;
    const usual = rest.usual ?? throughput;
    const isChanged = Math.abs(Math.log(throughput / usual)) > CHANGED;
    rest.changedWindows = isChanged ? rest.changedWindows + 1 : 0;
    if (!isChanged) rest.usual = usual + SCATTER_GAIN * (throughput - usual);
    if (rest.changedWindows >= CHANGED_WINDOWS) {
      this.#step = FIRST_STEP;
      this.#rest = FIRST_REST;
      this.#comparisons.clear();
      this.#tryNext();
    } else if (rest.windowsLeft <= 0) this.#tryNext();
    else this.#window = this.#windowAt(this.#centre, false);
  }

  /** The limit a step away, at least one; the centre itself where there is none. */
  #beside(direction: Direction): number {
    const stepped = Math.round(this.#centre * 2 ** (direction * this.#step));
    const moved = stepped === this.#centre ? stepped + direction : stepped;
    return Math.max(1, Math.min(this.#max, moved));
  }

  #windowAt(limit: number, isOther: boolean): SaturatedWindow {
    if (isOther) this.#epoch += 1;
    const spread = Math.min(MOST_SPREAD, Math.max(1, this.#scatter));
    const target = spread * Math.max(COMPLETIONS / this.#step, LIVES * limit);
    return new SaturatedWindow(limit, isOther ? this.#inUse : 0, Math.ceil(target));
  }
}
