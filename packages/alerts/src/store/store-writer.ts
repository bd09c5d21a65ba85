import { type Clock, callWithTimeout, type Disposer } from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import { nextDelay } from '../delivery/backoff.ts';
import type { Silence } from '../silences/silence.ts';
import type { AlertStore, Delivery, StoredState } from './alert-store.ts';

export interface StoreWriterOptions {
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly random: () => number;
  /** How long one call of the store may take, in ms. */
  readonly timeoutMs: number;
  /** When the store begins to fail; not again before it has worked. */
  readonly onFailing: (error: unknown) => void;
}

const RETRY = { firstMs: 1000, longestMs: 30_000 };

/* What waits for a store that is away; the alerts go out without it. */
const MAX_UNSAVED = 50_000;

/* One statement of a few megabytes; deliveries go before alerts, so that an alert is rather told twice than never. */
const MAX_ALERTS_PER_SAVE = 5000;

/**
 * Writes to the store behind the back of everybody: what is put in one turn of the event loop is saved together, and
 * what is put while the store is busy is saved next, only the latest of each. A store that fails or hangs is tried
 * again, and never waited for longer than its time.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  #alerts = new Map<string, TrackedAlert>();
  /* How to get them: a message that still gathers alerts is composed when it is saved, not at each alert. */
  #deliveries = new Map<string, () => Delivery>();
  #silences = new Map<string, Silence>();
  #isOpen = false;
  #isClosing = false;
  #isFailing = false;
  #isScheduled = false;
  #writing: Promise<void> | undefined;
  #delayMs = 0;
  #cancelRetry: Disposer | undefined;
  #put = 0;
  #saved = 0;
  #dropped = 0;
  #waiting: { readonly until: number; readonly settle: (isSaved: boolean) => void }[] = [];

  constructor(options: StoreWriterOptions) {
    this.#options = options;
  }

  /** Nothing is written before it is opened. Rejects when the store fails or hangs; it may be called again. */
  async open(): Promise<StoredState> {
    const { store } = this.#options;
    await this.#call('start', async () => store.start?.());
    const loaded = await this.#call('load', () => store.load());
    this.#isOpen = true;
    this.#isClosing = false;
    this.#schedule();
    return loaded;
  }

  /** What a store lost that was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What waits to be saved. */
  get unsaved(): number {
    return this.#alerts.size + this.#deliveries.size + this.#silences.size;
  }

  /** Whether it could be written to when that was tried last. */
  get isWorking(): boolean {
    return this.#isOpen && !this.#isFailing;
  }

  putAlert(alert: TrackedAlert): void {
    this.#dropped += replace(this.#alerts, alert.id, alert);
    this.#put += 1;
    this.#schedule();
  }

  putSilence(silence: Silence): void {
    this.#dropped += replace(this.#silences, silence.id, silence);
    this.#put += 1;
    this.#schedule();
  }

  /** @param compose gives it as it is when it is saved */
  putDelivery(id: string, compose: () => Delivery): void {
    this.#dropped += replace(this.#deliveries, id, compose);
    this.#put += 1;
    this.#schedule();
  }

  /** Deliveries that wait to be saved. */
  unsavedDeliveries(): readonly Delivery[] {
    return [...this.#deliveries.values()].map((compose) => compose());
  }

  /** Whether all that was put is in the store: true as soon as it is, false as soon as it cannot be. */
  saved(): Promise<boolean> {
    if (this.#saved >= this.#put) return Promise.resolve(true);
    if (this.#isFailing || !this.#isOpen) return Promise.resolve(false);
    return new Promise((settle) => this.#waiting.push({ until: this.#put, settle }));
  }

  /** Tries once more to save what is left. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    await this.#writing;
    if (this.#isOpen && this.unsaved > 0) await this.#write();
    this.#isOpen = false;
  }

  #schedule(): void {
    if (!this.#isOpen || this.#isClosing || this.#isScheduled || this.#writing || this.#cancelRetry) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#isOpen && !this.#isClosing && !this.#writing && this.unsaved > 0) void this.#write();
    });
  }

  #write(): Promise<void> {
    this.#writing = this.#writeBatch().finally(() => {
      this.#writing = undefined;
      if (this.unsaved > 0) this.#schedule();
    });
    return this.#writing;
  }

  async #writeBatch(): Promise<void> {
    const alerts = takeSome(this.#alerts, MAX_ALERTS_PER_SAVE);
    const deliveries = this.#deliveries;
    this.#deliveries = new Map();
    const silences = this.#silences;
    this.#silences = new Map();
    const until = this.#alerts.size === 0 ? this.#put : this.#saved;
    try {
      const batch = {
        alerts: [...alerts.values()],
        deliveries: [...deliveries.values()].map((compose) => compose()),
        silences: [...silences.values()],
      };
      await this.#call('save', () => this.#options.store.save(batch));
    } catch (error) {
      this.#alerts = restore(alerts, this.#alerts);
      this.#deliveries = restore(deliveries, this.#deliveries);
      this.#silences = restore(silences, this.#silences);
      this.#failed(error);
      return;
    }
    this.#saved = until;
    this.#waiting = this.#waiting.filter(({ until: needed, settle }) => {
      if (needed <= until) settle(true);
      return needed > until;
    });
    this.#delayMs = 0;
    this.#isFailing = false;
  }

  #failed(error: unknown): void {
    const isNews = !this.#isFailing;
    this.#isFailing = true;
    for (const { settle } of this.#waiting.splice(0)) settle(false);
    if (!this.#isClosing) {
      this.#delayMs = nextDelay(this.#delayMs, { ...RETRY, random: this.#options.random });
      this.#cancelRetry = this.#options.clock.setTimeout(() => {
        this.#cancelRetry = undefined;
        this.#schedule();
      }, this.#delayMs);
    }
    if (isNews) this.#options.onFailing(error);
  }

  #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    const { clock, timeoutMs } = this.#options;
    return callWithTimeout(call, { timeoutMs, what: `${what} of the alert store`, clock });
  }
}

/** Puts it last; gives how many had to go for it. */
function replace<T>(entries: Map<string, T>, key: string, value: T): number {
  entries.delete(key);
  entries.set(key, value);
  if (entries.size <= MAX_UNSAVED) return 0;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    break;
  }
  return 1;
}

function takeSome<T>(entries: Map<string, T>, most: number): Map<string, T> {
  const taken = new Map<string, T>();
  for (const [key, value] of entries) {
    if (taken.size === most) break;
    taken.set(key, value);
    entries.delete(key);
  }
  return taken;
}

/** What was not saved goes before what has come since, where that does not replace it. */
function restore<T>(unsaved: ReadonlyMap<string, T>, since: ReadonlyMap<string, T>): Map<string, T> {
  const all = new Map(unsaved);
  for (const [key, value] of since) {
    all.delete(key);
    all.set(key, value);
  }
  return all;
}
