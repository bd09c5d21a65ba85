import { VirtualClock } from '@evenkeel/core';
import { describe, expect, it } from 'vitest';
import type { BackgroundJob } from '../../src/background/background-job.ts';
import { SlicedWork } from '../../src/background/sliced-work.ts';

/** A job whose slices take 4 ms of the clock. */
class FourMillisecondJob implements BackgroundJob {
  readonly name = 'four';
  readonly cpuPriority = 'low';
  readonly memoryFootprint = 'small';
  readonly shares: number[] = [];
  slices = 0;
  releases = 0;
  isAtWork = false;
  fault: Error | undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async work(): Promise<void> {
    if (this.fault) throw this.fault;
    this.isAtWork = true;
    await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, 4));
    this.isAtWork = false;
    this.slices += 1;
  }

  scale(share: number): void {
    this.shares.push(share);
  }

  release(): void {
    if (this.isAtWork) throw new Error('released in the middle of a slice');
    this.releases += 1;
  }

  status() {
    return { produced: `slices: ${this.slices}`, heldBytes: 0 };
  }
}

function begin(appetite: number) {
  const clock = new VirtualClock();
  const job = new FourMillisecondJob(clock);
  const work = new SlicedWork(job, { appetite, clock });
  const slicesIn = async (ms: number): Promise<number> => {
    const before = job.slices;
    await clock.advanceAsync(ms);
    return job.slices - before;
  };
  return { clock, job, work, slicesIn };
}

describe('SlicedWork', () => {
  it('takes its part of the time, and a share of that', async () => {
    const { job, work, slicesIn } = begin(0.2);
    work.start();
    expect(await slicesIn(1000)).toBe(50);
    work.setShare(0.1);
    expect(job.shares).toEqual([0.1]);
    await slicesIn(20);
    expect(await slicesIn(10_000)).toBe(50);
    work.start();
    expect(job.shares).toEqual([0.1, 1]);
    await slicesIn(200);
    expect(await slicesIn(1000)).toBe(50);
  });

  it('rests for a millisecond even where it may work all the time', async () => {
    const { work, slicesIn } = begin(1);
    work.start();
    expect(await slicesIn(1000)).toBe(200);
  });

  it('stops: after the slice under way, and then lets go of all', async () => {
    const { clock, job, work, slicesIn } = begin(0.5);
    work.start();
    await clock.advanceAsync(2);
    expect(job.isAtWork).toBe(true);
    let isStopped = false;
    const stopped = work.stop().then(() => {
      isStopped = true;
    });
    await clock.advanceAsync(1);
    expect([isStopped, job.releases]).toEqual([false, 0]);
    await clock.advanceAsync(1);
    await stopped;
    expect([job.slices, job.releases]).toEqual([1, 1]);
    expect(await slicesIn(60_000)).toBe(0);
    expect(clock.pending).toBe(0);
    await work.stop();
    work.start();
    work.start();
    expect(await slicesIn(1000)).toBe(125);
  });

  it('goes on, and keeps what it holds, when it is started again while it is stopping', async () => {
    const { clock, job, work, slicesIn } = begin(0.5);
    work.start();
    await clock.advanceAsync(2);
    const stopped = work.stop();
    work.start();
    await clock.advanceAsync(2);
    await stopped;
    expect(job.releases).toBe(0);
    expect(await slicesIn(800)).toBe(100);
  });

  it('tries again after growing waits where a slice fails, and says what failed', async () => {
    const { clock, job, work, slicesIn } = begin(0.5);
    job.fault = new Error('no database');
    let attempts = 0;
    job.work = async () => {
      attempts += 1;
      if (job.fault) throw job.fault;
    };
    work.start();
    await clock.advanceAsync(0);
    expect([attempts, work.failure]).toEqual([1, 'no database']);
    await clock.advanceAsync(1000 + 2000 + 4000);
    expect(attempts).toBe(4);
    await clock.advanceAsync(600_000);
    // From the seventh on once a minute.
    expect(attempts).toBeLessThanOrEqual(16);
    job.fault = undefined;
    await slicesIn(60_000);
    expect(work.failure).toBeUndefined();
  });

  it('does not rest for more than ten seconds, however slow a slice was', async () => {
    const { clock, job, work } = begin(0.01);
    let begun = 0;
    job.work = () => {
      begun += 1;
      return new Promise((resolve) => clock.setTimeout(resolve, 5000));
    };
    work.start();
    await clock.advanceAsync(15_000);
    expect(begun).toBe(2);
  });
});
