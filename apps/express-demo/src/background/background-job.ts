import type { CpuPriority, MemoryFootprint } from '@evenkeel/allocator';

/** Work that goes on all the time, and that nobody waits for. */
export interface BackgroundJob {
  /** Under this name it is registered at the allocator. */
  readonly name: string;
  readonly cpuPriority: CpuPriority;
  readonly memoryFootprint: MemoryFootprint;
  /** Does a few milliseconds of the work; the next call goes on from there. Not called again before it has ended. */
  work(): void | Promise<void>;
  /** Holds only what a share of the work takes, from above 0 to 1. */
  scale?(share: number): void;
  /** Lets go of what it holds and can make again. Not called while `work` is under way. */
  release(): void;
  status(): JobStatus;
}

export interface JobStatus {
  /** What it has made so far, for people. */
  readonly produced: string;
  /** Memory that `release` would free, in bytes: measured where possible, else estimated. */
  readonly heldBytes: number;
}
