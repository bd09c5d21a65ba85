import { type Disposer, Emitter, option, readValue } from '@evenkeel/core';
import type { AdmissionEvents } from './admission-events.ts';
import { meterAdmission } from './admission-metrics.ts';
import { type AdmissionOptions, type AdmissionSettings, readAdmissionOptions } from './admission-options.ts';
import type { AdmissionStatistics } from './admission-statistics.ts';
import { CallTicket, type RunOptions, readRunOptions } from './call-ticket.ts';
import { ClassLane } from './class-lane.ts';
import { FlightList } from './flight-list.ts';
import { Intake } from './intake.ts';
import { LearnedLimit } from './learned-limit.ts';
import { Pace } from './pace.ts';
import { REQUEST_CLASSES, type RefusalReason, type RequestClass } from './request-class.ts';
import type { Ticket } from './ticket.ts';

/* Refusing costs some 20 us for an HTTP request: a turn spent on it stays within a millisecond or so. */
const MOST_REFUSALS_PER_TURN = 64;

/* Under a load that comes in phases, those who come back at once meet the same crowd. */
const RETRY_AFTER_MS = 1000;

/**
 * Decides when work is started and when it is refused, so that a service under more load than it can bear does
 * as much as it can rather than a little of everything too late.
 *
 * - Work waits in a queue of this process, and one piece is started in each turn of the event loop. The loop
 *   thus keeps taking in what has arrived, so that a handler which blocks it cannot hide a crowd in the kernel.
 * - How much is in flight is limited by what {@link LearnedLimit} has learnt, so that a bottleneck behind the
 *   handlers gets no more than it can do, and the rest waits here, where it can be ordered and refused.
 * - More important classes go first; how long each may wait, and in which order, {@link OverloadDetector} says.
 */
export class AdmissionController extends Emitter<AdmissionEvents> {
  readonly #settings: AdmissionSettings;
  readonly #lanes: readonly ClassLane[] = REQUEST_CLASSES.map(() => new ClassLane());
  readonly #flights = new FlightList();
  readonly #learned = new LearnedLimit();
  readonly #pace = new Pace();
  readonly #intake = new Intake();
  readonly #onTurn = (): void => this.#turn();
  #limit = Infinity;
  #queued = 0;
  #abandoned = 0;
  #waitedMs = 0;
  /** Whether this turn of the event loop has had its start. */
  #turnTaken = false;
  /** Whether work waits for the limit, rather than for its turn. */
  #isHeldUp = false;
  #cancelTimer: Disposer | undefined;

  /** @throws ConfigurationError when the options can't be used */
  constructor(options?: AdmissionOptions) {
    const settings = readAdmissionOptions(options);
    super(settings.clock);
    this.#settings = settings;
    meterAdmission(settings.meter, () => this.statistics());
  }

  /**
   * Runs `fn` when it is its turn. Its slot is held until what it returned settles.
   *
   * Rejects with what `fn` throws, `OverloadedError` where it is refused, the reason of `signal` where that
   * fires while it waits, or `ConfigurationError` for arguments that can't be used.
   */
  async run<T>(fn: () => T | PromiseLike<T>, options?: RunOptions): Promise<T> {
    readValue('AdmissionController.run', 'fn', fn, option.callback());
    const settings = readRunOptions(options);
    settings.signal?.throwIfAborted();
    const ticket = new CallTicket(settings, this);
    // What follows an `await` runs in the asynchronous context of the caller, whoever's turn it is.
    const granted = ticket.wait();
    this.offer(ticket);
    await granted;
    try {
      return await fn();
    } finally {
      this.finish(ticket);
    }
  }

  /** Starts a ticket now or later, or refuses it. */
  offer(ticket: Ticket): void {
    const nowMs = this.#settings.clock.monotonic();
    const lane = this.#laneOf(ticket);
    ticket.arrivedMs = nowMs;
    lane.arrived += 1;
    this.#intake.arrived();
    if (ticket.isGone()) {
      this.#abandoned += 1;
      return;
    }
    if (this.#queued === 0 && !this.#turnTaken && this.#flights.active < this.#limit) {
      if (ticket.deadlineMs <= nowMs) {
        this.#refuse(ticket, 'deadline');
        return;
      }
      this.#takeTurn();
      this.#start(ticket, nowMs);
      return;
    }
    this.#enqueue(ticket, lane, nowMs);
  }

  /** Something that was started is over. Telling it again does nothing. */
  finish(ticket: Ticket): void {
    if (!ticket.running) return;
    const nowMs = this.#settings.clock.monotonic();
    const { hung, concurrency, startedMs } = ticket;
    const meanConcurrency = this.#flights.end(ticket, nowMs);
    // What took as long as hung work tells of streams and of faults, not of a bottleneck.
    if (!hung) {
      const serviceMs = nowMs - startedMs;
      this.#pace.ended(serviceMs);
      this.#learned.ended(concurrency, meanConcurrency, serviceMs, this.#isHeldUp, nowMs);
      if (this.#learned.limit !== this.#limit) this.#setLimit(this.#learned.limit);
    }
    if (this.#queued > 0) this.#takeTurn();
  }

  /** The time on its clock that deadlines are compared with. */
  nowMs(): number {
    return this.#settings.clock.monotonic();
  }

  /** Its figures now. */
  statistics(): AdmissionStatistics {
    const nowMs = this.#settings.clock.monotonic();
    this.#flights.markHung(this.#settings.hungAfter, nowMs);
    const classes = Object.fromEntries(
      this.#lanes.map((lane, rank) => [
        REQUEST_CLASSES[rank],
        {
          arrived: lane.arrived,
          started: lane.started,
          queued: lane.queue.length,
          rejected: { ...lane.rejected },
          overloaded: lane.detector.overloaded,
        },
      ]),
      // One lane for each class.
    ) as AdmissionStatistics['classes'];
    const lanes = Object.values(classes);
    return {
      arrived: sum(lanes.map(({ arrived }) => arrived)),
      started: sum(lanes.map(({ started }) => started)),
      rejected: sum(lanes.flatMap(({ rejected }) => Object.values(rejected))),
      abandoned: this.#abandoned,
      queued: this.#queued,
      waitedMs: this.#waitedMs,
      ...this.#flights.statistics(nowMs),
      limit: this.#limit === Infinity ? undefined : this.#limit,
      classes,
    };
  }

  /** When somebody who was refused should try again, in ms: not all at the same time. */
  retryAfterMs(): number {
    return RETRY_AFTER_MS * (1 + Math.floor(Math.random() * 3));
  }

  #laneOf(ticket: Ticket): ClassLane {
    const lane = this.#lanes[ticket.rank];
    if (!lane) throw new RangeError(`a ticket's rank must be from 0 to 2, got ${ticket.rank}`);
    return lane;
  }

  #enqueue(ticket: Ticket, lane: ClassLane, nowMs: number): void {
    if (ticket.deadlineMs <= nowMs + this.#expectedWaitMs(ticket.rank, lane)) {
      this.#refuse(ticket, 'deadline');
      return;
    }
    if (this.#queued >= this.#settings.maxQueue && !this.#makeRoom(ticket.rank)) {
      this.#refuse(ticket, 'full');
      return;
    }
    ticket.enqueued();
    lane.queue.push(ticket);
    this.#queued += 1;
    let isPressed = false;
    let backlog = this.#queued;
    for (let rank = this.#lanes.length - 1; rank >= ticket.rank; rank--) {
      const each = this.#lanes[rank] as ClassLane;
      each.detector.arrived(backlog, isPressed, this.#pace, nowMs);
      if (each.detector.overloaded !== each.wasOverloaded) this.#tellOverload(rank, backlog);
      isPressed = each.detector.overloaded;
      backlog -= each.queue.length;
    }
    if (!this.#turnTaken) {
      if (this.#flights.active < this.#limit) this.#takeTurn();
      else this.#waitForSlot();
    }
  }

  /** Under overload the newest goes first, and so this one next. */
  #expectedWaitMs(rank: number, lane: ClassLane): number {
    return lane.detector.overloaded ? 0 : this.#backlog(rank) * this.#pace.startIntervalMs;
  }

  #backlog(rank: number): number {
    let backlog = 0;
    for (let each = 0; each <= rank; each++) backlog += this.#lanes[each]?.queue.length ?? 0;
    return backlog;
  }

  /** Refuses the oldest of the least important class, but nothing more important than `rank`. */
  #makeRoom(rank: number): boolean {
    for (let each = this.#lanes.length - 1; each >= rank; each--) {
      const victim = this.#lanes[each]?.queue.takeOldest();
      if (!victim) continue;
      this.#queued -= 1;
      if (victim.isGone()) this.#abandoned += 1;
      else this.#refuse(victim, 'full');
      return true;
    }
    return false;
  }

  /** At most one is under way, also where a listener or a refused ticket calls back into this. */
  #takeTurn(): void {
    if (this.#turnTaken) return;
    this.#turnTaken = true;
    this.#settings.nextTurn(this.#onTurn);
  }

  #turn(): void {
    const nowMs = this.#settings.clock.monotonic();
    if (this.#intake.goesOn(nowMs)) {
      this.#settings.nextTurn(this.#onTurn);
      return;
    }
    this.#turnTaken = false;
    this.#isHeldUp = false;
    if (this.#queued === 0) return;
    this.#refuseExpired(nowMs);
    if (this.#limit !== Infinity && this.#flights.active >= this.#limit) {
      this.#flights.markHung(this.#settings.hungAfter, nowMs);
    }
    const next = this.#flights.active < this.#limit ? this.#takeNext(nowMs) : undefined;
    this.#afterRemovals(next !== undefined, nowMs);
    if (next) {
      this.#pace.started(this.#queued === 0, nowMs);
      // Before the start, which may throw.
      this.#takeTurn();
      this.#start(next, nowMs);
    } else if (this.#queued === 0) this.#pace.cleared();
    else if (this.#flights.active < this.#limit) this.#takeTurn();
    else this.#waitForSlot();
  }

  /** While nothing can be started, and perhaps nothing ends, what has waited for too long is still refused. */
  #waitForSlot(): void {
    this.#isHeldUp = true;
    if (this.#cancelTimer) return;
    let soonestMs = Infinity;
    for (const { detector } of this.#lanes) soonestMs = Math.min(soonestMs, detector.budgetMs);
    this.#cancelTimer = this.#settings.clock.setTimeout(() => {
      this.#cancelTimer = undefined;
      this.#takeTurn();
    }, soonestMs / 4);
  }

  #refuseExpired(nowMs: number): void {
    let left = MOST_REFUSALS_PER_TURN;
    for (const { queue, detector } of this.#lanes) {
      const arrivedBefore = nowMs - detector.budgetMs;
      for (let oldest = queue.oldest(); oldest && left > 0; oldest = queue.oldest()) {
        const gone = oldest.isGone();
        if (!gone && oldest.arrivedMs >= arrivedBefore && oldest.deadlineMs > nowMs) break;
        queue.takeOldest();
        this.#queued -= 1;
        left -= 1;
        if (gone) this.#abandoned += 1;
        else this.#refuse(oldest, oldest.deadlineMs <= nowMs ? 'deadline' : 'wait');
      }
    }
  }

  #takeNext(nowMs: number): Ticket | undefined {
    let left = MOST_REFUSALS_PER_TURN;
    for (const { queue, detector } of this.#lanes) {
      while (queue.length > 0 && left > 0) {
        const ticket = detector.overloaded ? queue.takeNewest() : queue.takeOldest();
        if (!ticket) break;
        this.#queued -= 1;
        left -= 1;
        if (ticket.isGone()) this.#abandoned += 1;
        else if (ticket.deadlineMs <= nowMs) this.#refuse(ticket, 'deadline');
        else return ticket;
      }
    }
    return undefined;
  }

  #afterRemovals(hasStarted: boolean, nowMs: number): void {
    let backlog = 0;
    for (let rank = 0; rank < this.#lanes.length; rank++) {
      const { queue, detector, wasOverloaded } = this.#lanes[rank] as ClassLane;
      backlog += queue.length;
      if (backlog === 0) detector.cleared(nowMs);
      else if (hasStarted) detector.started();
      if (detector.overloaded !== wasOverloaded) this.#tellOverload(rank, backlog);
    }
  }

  #start(ticket: Ticket, nowMs: number): void {
    (this.#lanes[ticket.rank] as ClassLane).started += 1;
    this.#waitedMs += nowMs - ticket.arrivedMs;
    this.#flights.begin(ticket, nowMs);
    this.#intake.started(nowMs);
    this.#learned.started(this.#flights.active, nowMs);
    if (this.#learned.limit !== this.#limit) this.#setLimit(this.#learned.limit);
    ticket.start();
  }

  #refuse(ticket: Ticket, reason: RefusalReason): void {
    this.#laneOf(ticket).rejected[reason] += 1;
    try {
      ticket.refuse(reason);
    } catch (thrown) {
      this.reportError(`refusal of ${REQUEST_CLASSES[ticket.rank]} work`, thrown);
    }
  }

  #tellOverload(rank: number, queued: number): void {
    const lane = this.#lanes[rank] as ClassLane;
    lane.wasOverloaded = lane.detector.overloaded;
    this.emit('overload_changed', {
      class: REQUEST_CLASSES[rank] as RequestClass,
      overloaded: lane.wasOverloaded,
      queued,
    });
  }

  #setLimit(limit: number): void {
    this.#limit = limit;
    this.emit('limit_changed', { limit: limit === Infinity ? undefined : limit });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
