import { readdir } from 'node:fs/promises';
import { guarded, type ReadFile, readFile } from '@evenkeel/core/node';
import type { Collector } from '../collectors/collector.ts';
import type { ProcessReading } from '../collectors/readings.ts';

export interface ProcessCollectorOptions {
  /** Reads the kernel's files. @defaultValue the file system */
  readonly readFile?: ReadFile;
}

/** How long the process has been up and what it holds open. */
export class ProcessCollector implements Collector<ProcessReading> {
  readonly #read: ReadFile;

  constructor({ readFile: read = readFile }: ProcessCollectorOptions = {}) {
    this.#read = guarded(read);
  }

  async collect(): Promise<ProcessReading> {
    const openFiles = await countOpenFiles();
    const maxOpenFiles = Number(/^Max open files\s+(\d+)/m.exec(this.#read('/proc/self/limits') ?? '')?.[1]);
    return {
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      activeResources: process.getActiveResourcesInfo().length,
      ...(openFiles !== undefined && { openFiles }),
      ...(Number.isFinite(maxOpenFiles) && { maxOpenFiles }),
    };
  }
}

async function countOpenFiles(): Promise<number | undefined> {
  try {
    // One of them is the directory that is being read.
    return (await readdir('/proc/self/fd')).length - 1;
  } catch {
    return undefined;
  }
}
