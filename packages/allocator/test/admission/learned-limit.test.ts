import { seededRandom } from '@evenkeel/core/statistics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LearnedLimit } from '../../src/admission/learned-limit.ts';

interface Flight {
  readonly concurrency: number;
  readonly startedMs: number;
  readonly integralMs: number;
  readonly takesMs: number;
  /** When it will be over, known once it has its place. */
  endsMs: number;
}

/** A pool of places behind a limit, before which there is always more work, or so much of it per second. */
class Bottleneck {
  readonly learned = new LearnedLimit();
  nowMs = 0;
  completed = 0;
  readonly #flights: Flight[] = [];
  #integralMs = 0;
  #waiting = 0;

  get inFlight(): number {
    return this.#flights.length;
  }

  /** @param perMs arrivals at regular intervals */
  run(forMs: number, perMs: number, places: number, takesMs: () => number): void {
    const untilMs = this.nowMs + forMs;
    let nextMs = this.nowMs;
    while (this.nowMs < untilMs) {
      this.#place(places);
      const endsMs = this.#flights.reduce((soonest, flight) => Math.min(soonest, flight.endsMs), Infinity);
      const atMs = Math.min(nextMs, endsMs);
      this.#integralMs += this.#flights.length * (atMs - this.nowMs);
      this.nowMs = atMs;
      if (atMs === endsMs) this.#end();
      else {
        this.#waiting = Math.min(50, this.#waiting + 1);
        nextMs += 1 / perMs;
      }
      while (this.#waiting > 0 && this.#flights.length < this.learned.limit) this.#start(takesMs());
    }
  }

  #start(takesMs: number): void {
    this.#waiting -= 1;
    this.#flights.push({
      concurrency: this.#flights.length + 1,
      startedMs: this.nowMs,
      integralMs: this.#integralMs,
      takesMs,
      endsMs: Infinity,
    });
    this.learned.started(this.#flights.length, this.nowMs);
    this.#check();
  }

  #place(places: number): void {
    const busy = this.#flights.filter(({ endsMs }) => endsMs < Infinity).length;
    const idle = this.#flights.filter(({ endsMs }) => endsMs === Infinity);
    for (const flight of idle.slice(0, Math.max(0, places - busy))) {
      flight.endsMs = this.nowMs + flight.takesMs;
    }
  }

  #end(): void {
    const index = this.#flights.findIndex(({ endsMs }) => endsMs === this.nowMs);
    const [flight] = this.#flights.splice(index, 1);
    if (!flight) throw new Error('nothing ends now');
    const latencyMs = this.nowMs - flight.startedMs;
    const mean = latencyMs > 0 ? (this.#integralMs - flight.integralMs) / latencyMs : flight.concurrency;
    this.completed += 1;
    const isHolding = this.#waiting > 0 && this.#flights.length + 1 >= this.learned.limit;
    this.learned.ended(flight.concurrency, mean, latencyMs, isHolding, this.nowMs);
    this.#check();
  }

  #check(): void {
    const { limit } = this.learned;
    if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
      throw new Error(`the limit is ${limit}`);
    }
  }
}

/** Work done in the last so many ms, to what the places could have done. */
function share(bottleneck: Bottleneck, forMs: number, perMs: number, places: number, takesMs: () => number) {
  const { completed } = bottleneck;
  bottleneck.run(forMs, perMs, places, takesMs);
  const means = Array.from({ length: 1000 }, takesMs).reduce((sum, ms) => sum + ms, 0) / 1000;
  return ((bottleneck.completed - completed) * means) / (places * forMs);
}

describe('LearnedLimit', () => {
  it('is none for work that blocks the loop, of which there is never more than one', () => {
    const learned = new LearnedLimit();
    for (let count = 0; count < 10_000; count++) {
      learned.started(1, count * 5);
      learned.ended(1, 1, 5, false, count * 5 + 5);
      expect(learned.limit).toBe(Infinity);
    }
  });

  it.each([0.05, 0.5, 1, 2])('is none for slow work without a bottleneck, %s a ms', (perMs) => {
    const bottleneck = new Bottleneck();
    bottleneck.run(5000, perMs / 2, Infinity, () => 1000);
    bottleneck.run(10_000, perMs, Infinity, () => 1000);
    expect(bottleneck.learned.limit).toBe(Infinity);
    expect(bottleneck.inFlight).toBeGreaterThanOrEqual(perMs * 1000 - 2);
  });

  it.each([
    ['a pool of 4, 20 ms', 4, () => 20],
    ['a pool of 1, 3 ms', 1, () => 3],
    ['a pool of 50, 100 ms', 50, () => 100],
  ])('keeps %s busy, and not much more than busy', (_, places, takesMs) => {
    const bottleneck = new Bottleneck();
    const capacity = places / takesMs();
    bottleneck.run(10_000, capacity / 2, places, takesMs);
    bottleneck.run(5000, 2 * capacity, places, takesMs);
    expect(share(bottleneck, 20_000, 2 * capacity, places, takesMs)).toBeGreaterThan(0.97);
    expect(bottleneck.learned.limit).toBeLessThanOrEqual(Math.max(4, 3 * places));
  });

  it('finds the knee of a pool of 4 for work of which a tenth takes eleven times as long', () => {
    const random = seededRandom(7);
    const mixed = () => (random() < 0.1 ? 110 : 10);
    const bottleneck = new Bottleneck();
    bottleneck.run(10_000, 0.1, 4, mixed);
    bottleneck.run(5000, 0.4, 4, mixed);
    expect(share(bottleneck, 60_000, 0.4, 4, mixed)).toBeGreaterThan(0.93);
    expect(bottleneck.learned.limit).toBeLessThanOrEqual(16);
  });

  it('finds out that the capacity is halved, and doubled', () => {
    const takesMs = () => 20;
    const bottleneck = new Bottleneck();
    bottleneck.run(5000, 0.2, 8, takesMs);
    bottleneck.run(10_000, 1, 8, takesMs);
    expect(bottleneck.learned.limit).toBeGreaterThanOrEqual(8);
    bottleneck.run(20_000, 1, 4, takesMs);
    expect(bottleneck.learned.limit).toBeLessThanOrEqual(12);
    expect(share(bottleneck, 10_000, 1, 4, takesMs)).toBeGreaterThan(0.97);
    bottleneck.run(20_000, 1, 16, takesMs);
    expect(share(bottleneck, 10_000, 1, 16, takesMs)).toBeGreaterThan(0.95);
  });

  it('lets more in when latencies surprise it: no bottleneck, but other work', () => {
    const bottleneck = new Bottleneck();
    bottleneck.run(5000, 0.1, 4, () => 20);
    bottleneck.run(5000, 0.4, 4, () => 20);
    expect(bottleneck.learned.limit).toBeLessThanOrEqual(12);
    bottleneck.run(5000, 0.4, Infinity, () => 300);
    // 120 in flight are what 0.4 a ms of 300 ms come to.
    expect(bottleneck.inFlight).toBeGreaterThanOrEqual(118);
  });

  it('is at least 1 and a whole number, whatever it is told', () => {
    const event = fc.record({
      concurrency: fc.integer({ min: 1, max: 5000 }),
      meanConcurrency: fc.double({ min: 0, max: 5000, noNaN: true }),
      latencyMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e7, noNaN: true })),
      isHolding: fc.boolean(),
      stepMs: fc.double({ min: 0, max: 1e5, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 500 }), (events) => {
        const learned = new LearnedLimit();
        let nowMs = 0;
        for (const { concurrency, meanConcurrency, latencyMs, isHolding, stepMs } of events) {
          nowMs += stepMs;
          learned.started(concurrency, nowMs);
          learned.ended(concurrency, meanConcurrency, latencyMs, isHolding, nowMs);
          expect(learned.limit).toBeGreaterThanOrEqual(1);
          expect(learned.limit === Infinity || Number.isInteger(learned.limit)).toBe(true);
        }
      }),
    );
  });

  it('comes back from any history: a pool of 4 is kept busy again within 10 s', () => {
    const phase = fc.record({
      perMs: fc.double({ min: 0.01, max: 2, noNaN: true }),
      places: fc.integer({ min: 1, max: 40 }),
      takesMs: fc.integer({ min: 1, max: 300 }),
      forMs: fc.integer({ min: 100, max: 4000 }),
    });
    fc.assert(
      fc.property(fc.array(phase, { maxLength: 4 }), (phases) => {
        const bottleneck = new Bottleneck();
        for (const { perMs, places, takesMs, forMs } of phases) {
          bottleneck.run(forMs, perMs, places, () => takesMs);
        }
        // What is left of it would keep the places busy for long.
        bottleneck.run(1000, 0.001, Infinity, () => 20);
        bottleneck.run(10_000, 0.4, 4, () => 20);
        expect(share(bottleneck, 10_000, 0.4, 4, () => 20)).toBeGreaterThan(0.85);
      }),
      { numRuns: 50 },
    );
  });
});
