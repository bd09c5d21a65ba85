/** Admission control in virtual time: arrivals by chance, an event loop that can be blocked, and bottlenecks. */
import { AdmissionController, Ticket } from '@evenkeel/allocator';
import { VirtualClock } from '@evenkeel/core';
import { seededRandom } from '@evenkeel/core/statistics';

const ESSENTIAL_SHARE = 0.2;
const PATIENCE_MS = 1000;
/* What is in flight when the arrivals are over comes to its end. */
const AFTERWARDS_MS = 10_000;

/**
 * Lets requests arrive, phase by phase. Gives what became of those of each phase: when they came, after how long they
 * were answered (`Infinity`: not, or too late), and whether they were refused.
 *
 * @param {object} run
 * @param {number} run.seed
 * @param {number} run.serviceMs what a request takes when it has all to itself
 * @param {(clock, random, loop) => (done: () => void) => void} run.make makes what the requests are handled by
 * @param {{ perSecond: number, ms: number, enter?: (handle) => void }[]} run.phases
 */
export function play({ seed, serviceMs, make, phases, watch }) {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const loop = new EventLoop(clock);
  const handle = make(clock, random, loop);
  const admission = new AdmissionController({ clock, nextTurn: (next) => loop.nextTurn(next) });
  watch?.(admission, clock);

  class Request extends Ticket {
    constructor(essential) {
      super(essential ? 0 : 1, Infinity);
      this.outcome = { atMs: clock.monotonic(), essential, latencyMs: Infinity, refused: false };
    }
    start() {
      handle(() => {
        admission.finish(this);
        const latencyMs = clock.monotonic() - this.outcome.atMs;
        if (latencyMs <= PATIENCE_MS + serviceMs) this.outcome.latencyMs = latencyMs;
      });
    }
    refuse() {
      this.outcome.refused = true;
    }
    isGone() {
      return clock.monotonic() - this.outcome.atMs > PATIENCE_MS;
    }
  }

  let endMs = 0;
  const outcomes = phases.map(({ perSecond, ms, enter }) => {
    const during = [];
    endMs += ms;
    const until = endMs;
    enter?.(handle);
    const gap = () => (-Math.log(1 - random()) * 1000) / perSecond;
    const arrive = () => {
      if (clock.monotonic() >= until) return;
      clock.setTimeout(arrive, gap());
      const request = new Request(random() < ESSENTIAL_SHARE);
      during.push(request.outcome);
      loop.poll(() => admission.offer(request));
    };
    clock.setTimeout(arrive, gap());
    clock.advance(until - clock.monotonic());
    return during;
  });
  clock.advance(AFTERWARDS_MS);
  return { admission, outcomes };
}

/** No turn begins while a handler blocks the loop. */
class EventLoop {
  #clock;
  #blocked = false;
  #arrivals = [];
  #turns = [];

  constructor(clock) {
    this.#clock = clock;
  }

  block(ms, done) {
    this.#blocked = true;
    this.#clock.setTimeout(() => {
      this.#blocked = false;
      done();
      for (const arrival of this.#arrivals.splice(0)) arrival();
      for (const turn of this.#turns.splice(0)) this.nextTurn(turn);
    }, ms);
  }

  poll(arrival) {
    if (this.#blocked) this.#arrivals.push(arrival);
    else arrival();
  }

  nextTurn(turn) {
    this.#clock.setTimeout(() => (this.#blocked ? this.#turns.push(turn) : turn()), 0);
  }
}

/** First come, first served, at so many places; `resize` changes how many there are. */
export function pool(clock, places, timeMs) {
  let free = places;
  const waiting = [];
  const serve = () => {
    while (free > 0 && waiting.length > 0) {
      const done = waiting.shift();
      free -= 1;
      clock.setTimeout(() => {
        free += 1;
        serve();
        done();
      }, timeMs());
    }
  };
  const handle = (done) => {
    waiting.push(done);
    serve();
  };
  handle.resize = (to) => {
    free += to - places;
    places = to;
    serve();
  };
  return handle;
}

/** Processor sharing: each of n in flight goes on at min(1 / n of the whole, what one alone can use). */
export function sharing(clock, perMs, aloneMs) {
  const flights = new Set();
  let lastMs = 0;
  let cancel = () => {};
  const rate = () => Math.min(1 / aloneMs, perMs / flights.size);
  const advance = () => {
    const done = rate() * (clock.monotonic() - lastMs);
    for (const flight of flights) flight.left -= done;
    lastMs = clock.monotonic();
  };
  const plan = () => {
    cancel();
    if (flights.size === 0) return;
    const least = Math.min(...[...flights].map(({ left }) => left));
    cancel = clock.setTimeout(() => {
      advance();
      const ended = [...flights].filter(({ left }) => left < 1e-9);
      for (const flight of ended) flights.delete(flight);
      plan();
      for (const flight of ended) flight.done();
    }, Math.max(0, least) / rate());
  };
  const handle = (done) => {
    if (flights.size > 0) advance();
    lastMs = clock.monotonic();
    flights.add({ left: 1, done });
    plan();
  };
  handle.resize = (to) => {
    if (flights.size > 0) advance();
    lastMs = clock.monotonic();
    perMs = to;
    plan();
  };
  return handle;
}

/** Of those that were answered in time, in ms. */
export function latencyQuantile(outcomes, q) {
  const sorted = outcomes
    .filter(({ latencyMs }) => latencyMs < Infinity)
    .map(({ latencyMs }) => latencyMs)
    .sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Share of those that were answered in time. */
export function served(outcomes) {
  return outcomes.filter(({ latencyMs }) => latencyMs < Infinity).length / outcomes.length;
}

export function round1(value) {
  return Math.round(value * 10) / 10;
}
