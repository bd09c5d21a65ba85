import { guarded, KeptFiles, type ReadFile } from '@evenkeel/core/node';

/**
 * For how long a sensor believes in the limits and the groups that it has found: they hardly ever change while a
 * process runs, and finding them costs more than a sweep of everything else.
 */
export const LIMITS_FOR_MS = 30_000;

/** Where a sensor reads: files that are kept open until it stops, or what a test has injected. Never throws. */
export class KernelFiles {
  readonly read: ReadFile;
  readonly #kept = new KeptFiles();

  constructor(injected: ReadFile | undefined) {
    this.read = injected ? guarded(injected) : this.#kept.read;
  }

  close(): void {
    this.#kept.close();
  }
}
