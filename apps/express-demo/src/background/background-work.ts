import type { ResourceAllocationManager } from '@evenkeel/allocator';
import type { Disposer, Queryable } from '@evenkeel/core';
import { ImageResizer } from './image-resizer.ts';
import { IndexWarmer } from './index-warmer.ts';
import { ReportBuilder } from './report-builder.ts';
import { SlicedWork } from './sliced-work.ts';

export interface BackgroundWorkOptions {
  readonly database: Queryable;
  readonly products: number;
  /** Part of one core that each job may take, from 0 to 1; at 0 none is begun. */
  readonly appetite: number;
}

/** What a job has come to, beside what the allocator tells of it. */
export interface JobSnapshot {
  readonly name: string;
  readonly produced: string;
  readonly heldBytes: number;
  /** What its latest slice failed with, if it did. */
  readonly failure?: string;
}

/** The work that nobody waits for, under the allocator's care: under pressure it gives way to requests. */
export class BackgroundWork {
  readonly reportBuilder: ReportBuilder;
  readonly imageResizer: ImageResizer;
  readonly indexWarmer: IndexWarmer;
  readonly #works: readonly SlicedWork[];
  #unregister: readonly Disposer[] = [];

  constructor({ database, products, appetite }: BackgroundWorkOptions) {
    this.reportBuilder = new ReportBuilder(database);
    this.imageResizer = new ImageResizer(products);
    this.indexWarmer = new IndexWarmer(database);
    const jobs = [this.reportBuilder, this.imageResizer, this.indexWarmer];
    this.#works = appetite > 0 ? jobs.map((job) => new SlicedWork(job, { appetite })) : [];
  }

  /** Registers all jobs with the manager, and begins them. */
  start(manager: ResourceAllocationManager): void {
    this.#unregister = this.#works.map((work) => register(work, manager));
    for (const work of this.#works) work.start();
  }

  /** Ends all jobs and waits for their slices. The manager no longer knows them then, and can't resume them. */
  async stop(): Promise<void> {
    for (const unregister of this.#unregister) unregister();
    this.#unregister = [];
    await Promise.all(this.#works.map((work) => work.stop()));
  }

  snapshot(): JobSnapshot[] {
    return this.#works.map(({ job, failure }) => ({
      name: job.name,
      ...job.status(),
      ...(failure === undefined ? {} : { failure }),
    }));
  }
}

function register(work: SlicedWork, manager: ResourceAllocationManager): Disposer {
  const { name, cpuPriority, memoryFootprint } = work.job;
  return manager.registerComponent(name, {
    cpuPriority,
    memoryFootprint,
    pauseCallback: () => work.stop(),
    resumeCallback: () => work.start(),
    reduceResourcesCallback: ({ share }) => work.setShare(share),
  });
}
