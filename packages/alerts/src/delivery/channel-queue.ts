import { type Clock, type Disposer, StateError } from '@evenkeel/core';
import type { Channel, Message } from '../channels/channel.ts';
import type { Delivery } from '../store/alert-store.ts';
import type { StoreWriter } from '../store/store-writer.ts';
import type { MessageDraft } from '../templates/default-words.ts';
import { nextDelay } from './backoff.ts';
import { bestOf, candidatesOf } from './candidates.ts';
import { ChannelLink } from './channel-link.ts';
import type { DeliverySettings } from './delivery-options.ts';
import { failureOf } from './failure.ts';
import { Outbox } from './outbox.ts';
import { deliveryId, type Parcel } from './parcel.ts';
import { laneOf, type Thread } from './thread.ts';

export interface ChannelQueueOptions {
  readonly name: string;
  readonly settings: DeliverySettings;
  readonly clock: Clock;
  readonly random: () => number;
  readonly writer: StoreWriter;
  readonly write: (draft: MessageDraft) => Message;
  /** Just after the counts have changed. */
  readonly onSettled: (delivery: Delivery, seconds: number) => void;
  readonly onFailed: (delivery: Delivery) => void;
}

/**
 * All that waits for one channel, and the only one that sends through it: the gravest first, of these what has waited
 * longest. It outlives the channel: what waits while there is none is given up after its time.
 */
export class ChannelQueue {
  readonly #options: ChannelQueueOptions;
  readonly #outbox: Outbox;
  readonly #threads = new Set<Thread>();
  readonly #parcels = new Set<Parcel>();
  #link: ChannelLink | undefined;
  #isRunning = false;
  #isDraining = false;
  #onDrained: () => void = () => {};
  readonly #tries = new Set<Promise<void>>();
  #abort = new AbortController();
  #cancel: Disposer | undefined;
  #plannedMs = Infinity;
  #sent = 0;
  #dead = 0;

  constructor(options: ChannelQueueOptions) {
    this.#options = options;
    const { name, settings, clock, writer, write } = options;
    this.#outbox = new Outbox({ channel: name, clock, writer, write, deadlineMs: settings.deadline });
  }

  get name(): string {
    return this.#options.name;
  }

  get channel(): Channel | undefined {
    return this.#link?.channel;
  }

  set channel(channel: Channel | undefined) {
    const { settings, clock, random } = this.#options;
    this.#link = channel && new ChannelLink(channel, settings, clock, random);
    this.#pump();
  }

  get isDown(): boolean {
    return this.#link?.isDown ?? false;
  }

  /** Changes whose message was taken by the receiver. */
  get sent(): number {
    return this.#sent;
  }

  /** Changes whose message was given up. */
  get dead(): number {
    return this.#dead;
  }

  /** Changes that are in a thread or a message that waits. */
  get pending(): number {
    let pending = 0;
    for (const thread of this.#threads) pending += thread.changes;
    for (const parcel of this.#parcels) pending += parcel.changes;
    return pending;
  }

  addThread(thread: Thread): void {
    this.#threads.add(thread);
  }

  removeThread(thread: Thread): void {
    this.#threads.delete(thread);
  }

  /** A thread has news: they are to be saved, and sent in time. */
  changed(thread: Thread): void {
    this.#outbox.keepThread(thread);
    this.#wakeAt(thread.dueMs());
  }

  /** Takes charge of a message that is no news of a thread; where too many wait it is given up at once. */
  add(message: Message): void {
    const parcel = this.#outbox.parcel(message, 1);
    const waiting = [...this.#parcels].filter(({ lane }) => lane === undefined).length;
    if (waiting >= this.#options.settings.maxReports) {
      parcel.error = `${waiting} reports wait for the channel already`;
      this.#settle(parcel, 'dead');
      return;
    }
    this.#parcels.add(parcel);
    this.#outbox.keep(parcel);
    this.#pump();
  }

  /** Goes on with a message of a run before; not where it is on its way already. Says whether it has taken it. */
  resume(delivery: Delivery): boolean {
    const { clock, settings } = this.#options;
    const nowMs = clock.monotonic();
    const ageMs = Math.max(0, clock.now() - delivery.createdAt);
    const waitMs = Math.max(0, delivery.dueAt - clock.now());
    const parcel = this.#takeBack(delivery, {
      createdAt: delivery.createdAt,
      // Whoever was away for longer than the deadline still has some time to bring what it left.
      deadlineMs: nowMs + Math.max(settings.deadline / 4, settings.deadline - ageMs),
      dueMs: nowMs + Math.min(settings.retryLongest, waitMs),
      isKept: true,
    });
    this.#pump();
    return parcel !== undefined;
  }

  /** Tries a message again that was given up, with all its time. Says whether it has taken it. */
  retry(delivery: Delivery): boolean {
    const parcel = this.#takeBack(delivery, {});
    if (parcel) this.#outbox.keep(parcel);
    this.#pump();
    return parcel !== undefined;
  }

  #takeBack(delivery: Delivery, times: Partial<Parcel>): Parcel | undefined {
    if (this.#isKnown(delivery)) return undefined;
    const { id, message, changes, attempts, error } = delivery;
    const isOfGroup = message.kind === 'firing' || message.kind === 'resolved';
    const lane = isOfGroup ? laneOf(message.level, message.groupLabels) : undefined;
    const parcel: Parcel = { ...this.#outbox.parcel(message, changes, lane), id, attempts, error, ...times };
    this.#parcels.add(parcel);
    return parcel;
  }

  start(): void {
    this.#isRunning = true;
    this.#isDraining = false;
    this.#abort = new AbortController();
    this.#pump();
  }

  /** Sends what gathers without waiting for more; resolves when nothing is left that could go now. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#isRunning) resolve();
      this.#isDraining = true;
      this.#onDrained = resolve;
      this.#pump();
    });
  }

  /** Begins no further try and gives up those under way; their messages stay pending. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#plannedMs = Infinity;
    this.#abort.abort(new StateError('the delivery was stopped'));
    this.#onDrained();
    await Promise.all(this.#tries);
  }

  #isKnown(delivery: Delivery): boolean {
    for (const { id } of this.#parcels) if (id === delivery.id) return true;
    for (const { messageId } of this.#threads)
      if (deliveryId(messageId, this.name) === delivery.id) return true;
    return false;
  }

  #wakeAt(dueMs: number): void {
    if (!this.#isRunning || dueMs >= this.#plannedMs) return;
    this.#cancel?.();
    this.#plannedMs = dueMs;
    this.#cancel = this.#options.clock.setTimeout(
      () => this.#pump(),
      dueMs - this.#options.clock.monotonic(),
    );
  }

  #pump(): void {
    if (!this.#isRunning) return;
    this.#cancel?.();
    this.#plannedMs = Infinity;
    const nowMs = this.#options.clock.monotonic();
    const link = this.#link;
    if (!link) this.#waitForChannel(nowMs);
    else if (link.blockedUntilMs > nowMs) this.#waitUntil(link.blockedUntilMs, nowMs);
    else this.#sendDue(link, nowMs);
  }

  #sendDue(link: ChannelLink, nowMs: number): void {
    while (this.#tries.size < link.concurrency && link.blockedUntilMs <= nowMs) {
      const candidates = this.#candidates();
      const next = bestOf(candidates, nowMs);
      const freeMs = next ? link.freeMs(nowMs) : Math.min(Infinity, ...candidates.map(({ dueMs }) => dueMs));
      if (!next || freeMs > nowMs) {
        this.#rest(freeMs);
        return;
      }
      const parcel = 'seal' in next ? this.#seal(next) : next;
      if (parcel) this.#begin(parcel, link);
    }
  }

  /** News become messages all the same, so that they do not wait for ever. */
  #waitForChannel(nowMs: number): void {
    let nextMs = Infinity;
    for (const { item, dueMs } of this.#candidates()) {
      if (!('seal' in item)) continue;
      if (dueMs <= nowMs) this.#seal(item);
      else nextMs = Math.min(nextMs, dueMs);
    }
    this.#waitUntil(nextMs, nowMs);
  }

  /** Nothing can be sent before; what is overdue is given up. */
  #waitUntil(untilMs: number, nowMs: number): void {
    let nextMs = untilMs;
    for (const parcel of this.#parcels) {
      if (parcel.isInFlight) continue;
      if (parcel.deadlineMs > nowMs) {
        nextMs = Math.min(nextMs, parcel.deadlineMs);
        continue;
      }
      if (!this.#link) parcel.error = `there is no channel ${JSON.stringify(this.name)}`;
      this.#settle(parcel, 'dead');
    }
    this.#rest(nextMs);
  }

  /** Nothing can go before that time, but for what ends meanwhile. */
  #rest(untilMs: number): void {
    if (this.#isDraining && this.#tries.size === 0) this.#onDrained();
    if (untilMs < Infinity) this.#wakeAt(untilMs);
  }

  #candidates(): ReturnType<typeof candidatesOf> {
    return candidatesOf(this.#parcels, this.#threads, (thread) => {
      if (!this.#isDraining) return thread.dueMs();
      return thread.hasNews ? -Infinity : Infinity;
    });
  }

  #seal(thread: Thread): Parcel | undefined {
    const parcel = this.#outbox.seal(thread);
    if (parcel) this.#parcels.add(parcel);
    return parcel;
  }

  #begin(parcel: Parcel, link: ChannelLink): void {
    parcel.isInFlight = true;
    const ended = this.#send(parcel, link).finally(() => {
      parcel.isInFlight = false;
      this.#tries.delete(ended);
      this.#pump();
    });
    this.#tries.add(ended);
  }

  async #send(parcel: Parcel, link: ChannelLink): Promise<void> {
    const { clock, writer } = this.#options;
    const { signal } = this.#abort;
    let startMs = 0;
    try {
      // Saved before it is sent: whoever kills the process between the two makes it come twice, but not never.
      if (!parcel.isKept) await writer.saved();
      parcel.isKept = true;
      if (!signal.aborted) {
        parcel.attempts += 1;
        startMs = clock.monotonic();
        await link.send(parcel.message, signal, (isTaken) => {
          // After a stop the store has the last word, and there the message is pending.
          if (!isTaken || signal.aborted || parcel.isInFlight || !this.#parcels.has(parcel)) return;
          this.#taken(parcel, link, startMs);
          this.#pump();
        });
        this.#taken(parcel, link, startMs);
      }
    } catch (error) {
      if (signal.aborted) this.#outbox.keep(parcel);
      else this.#failed(parcel, link, error);
    }
  }

  #taken(parcel: Parcel, link: ChannelLink, startMs: number): void {
    link.works();
    parcel.error = undefined;
    this.#settle(parcel, 'sent', (this.#options.clock.monotonic() - startMs) / 1000);
  }

  #failed(parcel: Parcel, link: ChannelLink, error: unknown): void {
    const { settings, clock, random } = this.#options;
    const { isPermanent, retryAfterMs, text } = failureOf(error);
    const nowMs = clock.monotonic();
    parcel.error = text;
    if (isPermanent) {
      link.works();
      this.#settle(parcel, 'dead');
      return;
    }
    link.fails(retryAfterMs);
    if (nowMs >= parcel.deadlineMs) {
      this.#settle(parcel, 'dead');
      return;
    }
    parcel.delayMs = nextDelay(parcel.delayMs, {
      firstMs: settings.retryFirst,
      longestMs: settings.retryLongest,
      random,
    });
    // At the deadline comes the last try.
    parcel.dueMs = Math.min(parcel.deadlineMs, nowMs + Math.max(parcel.delayMs, retryAfterMs));
    this.#outbox.keep(parcel);
    this.#options.onFailed(this.#outbox.deliveryOf(parcel, 'pending'));
  }

  #settle(parcel: Parcel, state: 'sent' | 'dead', seconds = 0): void {
    this.#parcels.delete(parcel);
    if (state === 'sent') this.#sent += parcel.changes;
    else this.#dead += parcel.changes;
    this.#options.onSettled(this.#outbox.settle(parcel, state), seconds);
  }
}
