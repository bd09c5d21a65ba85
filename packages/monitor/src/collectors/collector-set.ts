import { type Clock, callWithTimeout, type Disposer, errorMessage, StateError } from '@evenkeel/core';
import type { Collector, CollectorFailure, CollectorStatus, MetricSnapshot } from './collector.ts';
import { plainCopy } from './plain-data.ts';

interface Entry {
  readonly name: string;
  readonly collector: Collector;
  readings: number;
  failures: number;
  consecutiveFailures: number;
  lastError: string | undefined;
  /** When the call began that has timed out and not ended since. */
  hangingSinceMs: number | undefined;
  started: boolean;
}

export interface CollectorSetOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Learns of every failure, one that a reading still hangs apart. */
  readonly onFailure: (name: string, error: unknown) => void;
  /** Learns of every failure, for counting. */
  readonly onCount: (name: string) => void;
  /** Learns how long the synchronous part of a call took. */
  readonly onCost: (ms: number) => void;
}

/** The collectors by name; each is called on its own, within its time, and its failure stays its own. */
export class CollectorSet {
  readonly #options: CollectorSetOptions;
  readonly #entries = new Map<string, Entry>();
  #open = false;

  constructor(options: CollectorSetOptions) {
    this.#options = options;
  }

  add(name: string, collector: Collector): Disposer {
    if (this.#entries.has(name)) {
      throw new StateError(`a collector called ${JSON.stringify(name)} exists already; remove it first`);
    }
    const entry: Entry = {
      name,
      collector,
      readings: 0,
      failures: 0,
      consecutiveFailures: 0,
      lastError: undefined,
      hangingSinceMs: undefined,
      started: false,
    };
    this.#entries.set(name, entry);
    if (this.#open) void this.#begin(entry);
    return () => {
      if (this.#entries.get(name) === entry) this.remove(name);
    };
  }

  remove(name: string): boolean {
    const entry = this.#entries.get(name);
    if (!entry) return false;
    this.#entries.delete(name);
    void this.#end(entry);
    return true;
  }

  /** Starts all; those added from now on are started as they come. */
  async open(): Promise<void> {
    this.#open = true;
    await Promise.all([...this.#entries.values()].map((entry) => this.#begin(entry)));
  }

  async close(): Promise<void> {
    this.#open = false;
    await Promise.all([...this.#entries.values()].map((entry) => this.#end(entry)));
  }

  /** Reads all at once. Never rejects. */
  async gather(): Promise<MetricSnapshot> {
    const entries = [...this.#entries.values()];
    const values = await Promise.all(entries.map((entry) => this.#read(entry)));
    const snapshot: Record<string, unknown> & { timestamp: number } = {
      timestamp: this.#options.clock.now(),
    };
    entries.forEach((entry, index) => {
      if (values[index] !== undefined) snapshot[entry.name] = values[index];
    });
    return snapshot;
  }

  statuses(): CollectorStatus[] {
    return [...this.#entries.values()].map((entry) => ({
      name: entry.name,
      readings: entry.readings,
      failures: entry.failures,
      consecutiveFailures: entry.consecutiveFailures,
      lastError: entry.lastError,
      hanging: entry.hangingSinceMs !== undefined,
    }));
  }

  /** What the collectors say that they used between readings, in ms since they started. */
  backgroundMs(): number {
    let total = 0;
    for (const { collector } of this.#entries.values()) {
      try {
        const ms = collector.backgroundMs?.() ?? 0;
        if (Number.isFinite(ms) && ms > 0) total += ms;
      } catch {
        // It says nothing then; its readings are reported on their own.
      }
    }
    return total;
  }

  async #read(entry: Entry): Promise<unknown> {
    const { clock, timeoutMs, onFailure } = this.#options;
    if (entry.hangingSinceMs !== undefined) {
      const seconds = Math.round((clock.monotonic() - entry.hangingSinceMs) / 1000);
      return this.#failed(entry, `has been hanging for ${seconds} s and is not called meanwhile`);
    }
    const startedMs = clock.monotonic();
    let pending = true;
    const call = async (signal: AbortSignal): Promise<unknown> => {
      try {
        return await this.#measured(() => entry.collector.collect(signal));
      } finally {
        pending = false;
        entry.hangingSinceMs = undefined;
      }
    };
    try {
      const what = `collector ${JSON.stringify(entry.name)}`;
      const value = await callWithTimeout(call, { timeoutMs, what, clock });
      const reading = value === undefined ? undefined : this.#measured(() => plainCopy(value));
      entry.readings += 1;
      entry.consecutiveFailures = 0;
      return reading;
    } catch (error) {
      if (pending) entry.hangingSinceMs = startedMs;
      onFailure(entry.name, error);
      return this.#failed(entry, errorMessage(error));
    }
  }

  #measured<T>(run: () => T): T {
    const { clock, onCost } = this.#options;
    const begunMs = clock.monotonic();
    try {
      return run();
    } finally {
      onCost(clock.monotonic() - begunMs);
    }
  }

  #failed(entry: Entry, error: string): CollectorFailure {
    entry.failures += 1;
    entry.consecutiveFailures += 1;
    entry.lastError = error;
    this.#options.onCount(entry.name);
    return { error };
  }

  async #begin(entry: Entry): Promise<void> {
    if (entry.started) return;
    entry.started = true;
    await this.#hook(entry, 'start');
  }

  async #end(entry: Entry): Promise<void> {
    if (!entry.started) return;
    entry.started = false;
    await this.#hook(entry, 'stop');
  }

  async #hook(entry: Entry, hook: 'start' | 'stop'): Promise<void> {
    const { clock, timeoutMs, onFailure } = this.#options;
    const what = `${hook} of collector ${JSON.stringify(entry.name)}`;
    try {
      await callWithTimeout(() => entry.collector[hook]?.(), { timeoutMs, what, clock });
    } catch (error) {
      this.#failed(entry, errorMessage(error));
      onFailure(entry.name, error);
    }
  }
}
