import {
  type Clock,
  callWithTimeout,
  type Meter,
  noopMeter,
  option,
  readOptions,
  readValue,
  StateError,
  systemClock,
  UnknownNameError,
} from '@evenkeel/core';
import type { TrackedAlert } from '../alert-state.ts';
import type { Channel, Message } from '../channels/channel.ts';
import type { Silence } from '../silences/silence.ts';
import type { AlertHistoryQuery, AlertStore, Delivery, StoredState } from '../store/alert-store.ts';
import { MemoryAlertStore } from '../store/memory-store.ts';
import { StoreWriter } from '../store/store-writer.ts';
import type { MessageDraft } from '../templates/default-words.ts';
import { writeMessage } from '../templates/write-message.ts';
import { AlertRouter } from './alert-router.ts';
import type { AlertChange } from './change.ts';
import { ChannelQueue } from './channel-queue.ts';
import { checkChannel } from './check-channel.ts';
import { type ChannelGauges, type DeliveryMetrics, defineDeliveryMetrics } from './delivery-metrics.ts';
import { type DeliveryOptions, type DeliverySettings, readDeliveryOptions } from './delivery-options.ts';
import { type NotifierEvents, silentEvents } from './notifier-events.ts';
import type { AlertNotifier, NotifierStats } from './notifier-interface.ts';
import { partsOf } from './parcel.ts';

export interface NotifierOptions {
  /** @defaultValue in memory */
  readonly store?: AlertStore;
  readonly delivery?: DeliveryOptions;
  /** @defaultValue nobody is told */
  readonly events?: NotifierEvents;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue none */
  readonly meter?: Meter;
  /** Source of the jitter, uniform in [0, 1). @defaultValue Math.random */
  readonly random?: () => number;
  /** Ids of messages, unique over restarts. @defaultValue random UUIDs */
  readonly newId?: () => string;
}

type Restored = Awaited<ReturnType<AlertNotifier['start']>>;

/* A dead letter is looked for among so many. */
const MAX_DEAD_LETTERS = 10_000;

/* Closing is a courtesy. */
const CLOSE_TIMEOUT_MS = 2000;

/* A store that could not be opened is tried again after this. */
const REOPEN_MS = 10_000;

/**
 * Brings what the engine tells to the channels: changes gather in messages by route and group, and each message is
 * saved, sent, tried again, and at last sent or given up and remembered.
 */
export class Notifier implements AlertNotifier {
  readonly #settings: DeliverySettings;
  readonly #store: AlertStore;
  readonly #writer: StoreWriter;
  readonly #router: AlertRouter;
  readonly #queues = new Map<string, ChannelQueue>();
  readonly #events: NotifierEvents;
  readonly #metrics: DeliveryMetrics;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #newId: () => string;
  readonly #failedTemplates = new Set<string>();
  #isRunning = false;
  #starting: Promise<Restored> | undefined;
  #stopping: Promise<void> | undefined;
  #reopening: Promise<unknown> | undefined;
  #cancelReopen = (): void => {};
  /* Beside what the router has: reports, and what was left by the run before. */
  #accepted = 0;
  #suppressed = 0;

  /** @throws ConfigurationError */
  constructor(options: NotifierOptions = {}) {
    const { store, delivery, events, clock, meter, random, newId } = readOptions('Notifier', options, {
      store: option.withMethods<AlertStore>('load', 'save', 'history', 'deadLetters').optional(),
      delivery: option.withMethods<DeliveryOptions>().optional(),
      events: option
        .withMethods<NotifierEvents>('sent', 'failed', 'dead', 'escalated', 'error')
        .default(silentEvents),
      clock: option.withMethods<Clock>('now', 'monotonic', 'setTimeout').default(systemClock),
      meter: option.withMethods<Meter>('counter', 'gauge', 'histogram', 'onCollect').default(noopMeter),
      random: option.callback<() => number>().default(Math.random),
      newId: option.callback<() => string>().default(() => crypto.randomUUID()),
    });
    this.#settings = readDeliveryOptions(delivery);
    this.#clock = clock;
    this.#random = random;
    this.#newId = newId;
    this.#events = events;
    this.#store = store ?? new MemoryAlertStore({ clock });
    this.#metrics = defineDeliveryMetrics(meter, {
      channels: () => this.#gauges(),
      store: () => this.#writer,
    });
    this.#writer = new StoreWriter({
      store: this.#store,
      clock,
      random,
      timeoutMs: this.#settings.storeTimeout,
      onFailing: (error) => events.error('alert store', error),
    });
    this.#router = new AlertRouter({
      routes: this.#settings.routes,
      maxGroups: this.#settings.maxGroups,
      clock,
      newId,
      queueOf: (name) => this.#queue(name),
      channels: () => this.channels().map(({ name }) => name),
      onSuppressed: (changes) => {
        this.#suppressed += changes;
        this.#metrics.suppressed.inc(changes);
      },
      onEscalated: (alert, level) => {
        this.#keepAlert(alert);
        events.escalated(alert, level);
      },
    });
  }

  accept(change: AlertChange): void {
    this.#router.accept(change);
    this.#keepAlert(change.alert);
  }

  keep({
    alerts = [],
    silences = [],
  }: {
    readonly alerts?: readonly TrackedAlert[];
    readonly silences?: readonly Silence[];
  }): void {
    for (const alert of alerts) {
      this.#router.refresh(alert);
      this.#keepAlert(alert);
    }
    for (const silence of silences) this.#writer.putSilence(silence);
  }

  async deliver(message: Message, channelNames: readonly string[]): Promise<void> {
    const queues = [...new Set(channelNames)].map((name) => this.#existing(name).queue);
    for (const queue of queues) {
      this.#accepted += 1;
      queue.add(message);
    }
    await this.#writer.saved();
  }

  async sendTest(channelName: string): Promise<void> {
    const { channel } = this.#existing(channelName);
    const message = writeMessage({
      id: this.#newId(),
      kind: 'test',
      createdAt: this.#clock.now(),
      severity: 'info',
      groupLabels: {},
      alerts: [],
      counts: { firing: 0, resolved: 0 },
      level: 0,
    });
    await callWithTimeout((signal) => channel.send(message, signal), {
      timeoutMs: this.#settings.timeout,
      what: `channel ${JSON.stringify(channelName)}`,
      clock: this.#clock,
    });
  }

  /** @throws ConfigurationError for what is no channel; StateError for a name that is taken */
  addChannel(channel: Channel): void {
    checkChannel(channel);
    const queue = this.#queue(channel.name);
    if (queue.channel) throw new StateError(`there is a channel ${JSON.stringify(channel.name)} already`);
    queue.channel = channel;
  }

  removeChannel(name: string): boolean {
    const queue = this.#queues.get(name);
    const channel = queue?.channel;
    if (!queue || !channel) return false;
    queue.channel = undefined;
    void this.#close(channel);
    return true;
  }

  channels(): readonly Channel[] {
    return [...this.#queues.values()].flatMap(({ channel }) => channel ?? []);
  }

  start(): Promise<Restored> {
    if (!this.#starting) {
      this.#starting = this.#start(this.#stopping);
      this.#stopping = undefined;
    }
    return this.#starting;
  }

  stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = this.#stop(this.#starting);
      this.#starting = undefined;
    }
    return this.#stopping;
  }

  async history(query: AlertHistoryQuery): Promise<readonly TrackedAlert[]> {
    return await this.#store.history(query);
  }

  async deadLetters({ limit }: { readonly limit: number }): Promise<readonly Delivery[]> {
    const unsaved = this.#writer.unsavedDeliveries();
    const newest = unsaved.filter(({ state }) => state === 'dead').reverse();
    const isUnsaved = new Set(unsaved.map(({ id }) => id));
    // Those that are on their way again, but not saved as such, take up room in what the store gives.
    const saved = await this.#store.deadLetters({ limit: limit + isUnsaved.size });
    return [...newest, ...saved.filter(({ id }) => !isUnsaved.has(id))].slice(0, limit);
  }

  async retryDeadLetter(id: string): Promise<void> {
    readValue('retryDeadLetter', 'id', id, option.string());
    const dead = await this.deadLetters({ limit: MAX_DEAD_LETTERS });
    const delivery = dead.find((each) => each.id === id);
    if (!delivery)
      throw new UnknownNameError(
        'dead letter',
        id,
        dead.map((each) => each.id),
      );
    if (this.#queue(delivery.channel).retry(delivery)) this.#accepted += delivery.changes;
    await this.#writer.saved();
  }

  stats(): NotifierStats {
    const stats = {
      accepted: this.#accepted + this.#router.accepted,
      sent: 0,
      pending: 0,
      dead: 0,
      suppressed: this.#suppressed,
    };
    for (const queue of this.#queues.values()) {
      stats.sent += queue.sent;
      stats.pending += queue.pending;
      stats.dead += queue.dead;
    }
    return stats;
  }

  async #start(stopping: Promise<void> | undefined): Promise<Restored> {
    await stopping;
    const { alerts = [], silences = [] } = (await this.#open()) ?? {};
    this.#isRunning = true;
    this.#router.start();
    for (const queue of this.#queues.values()) queue.start();
    // What was told is the delivery's own affair.
    return { alerts: alerts.map(({ told: _, ...alert }) => alert), silences };
  }

  /** Where the store fails, once more and again: its messages then go on later. */
  async #open(): Promise<StoredState | undefined> {
    try {
      const state = await this.#writer.open();
      // In the order in which they were made, which is that of what they tell.
      for (const stored of [...state.deliveries].sort((a, b) => a.createdAt - b.createdAt)) {
        const parts = partsOf(stored);
        for (const part of parts) {
          if (parts.length > 1) this.#writer.putDelivery(part.id, () => part);
          if (this.#queue(part.channel).resume(part)) this.#accepted += part.changes;
        }
      }
      this.#router.resume(state.alerts);
      return state;
    } catch (error) {
      this.#events.error('alert store', error);
      this.#cancelReopen = this.#clock.setTimeout(() => {
        this.#reopening = this.#open().then((late) => late && this.#events.restored?.(late));
      }, REOPEN_MS);
      return undefined;
    }
  }

  async #stop(starting: Promise<Restored> | undefined): Promise<void> {
    await starting;
    this.#isRunning = false;
    this.#cancelReopen();
    await this.#reopening;
    this.#cancelReopen();
    this.#router.stop();
    const queues = [...this.#queues.values()];
    await this.#atMost(this.#settings.stopTimeout, Promise.all(queues.map((queue) => queue.drain())));
    await Promise.all(queues.map((queue) => queue.stop()));
    await this.#writer.close();
    await Promise.all(this.channels().map((channel) => this.#close(channel)));
    await this.#closing('alert store', async () => this.#store.stop?.());
  }

  async #atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
    let cancel = (): void => {};
    const limit = new Promise<void>((resolve) => {
      cancel = this.#clock.setTimeout(resolve, limitMs);
    });
    await Promise.race([work, limit]);
    cancel();
  }

  /** With what people have been told of it. */
  #keepAlert(alert: TrackedAlert): void {
    const { told: _, ...plain } = alert;
    const told = this.#router.toldOf(alert.id);
    this.#writer.putAlert(told ? { ...plain, told } : plain);
  }

  #queue(name: string): ChannelQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new ChannelQueue({
      name,
      settings: this.#settings,
      clock: this.#clock,
      random: this.#random,
      writer: this.#writer,
      write: (draft) => this.#write(draft),
      onSettled: (delivery, seconds) => {
        this.#metrics.settled(delivery, seconds);
        if (delivery.state === 'sent') this.#events.sent(delivery);
        else this.#events.dead(delivery);
      },
      onFailed: (delivery) => {
        this.#metrics.failed(name);
        this.#events.failed(delivery);
      },
    });
    this.#queues.set(name, queue);
    if (this.#isRunning) queue.start();
    return queue;
  }

  #existing(name: string): { readonly queue: ChannelQueue; readonly channel: Channel } {
    const queue = this.#queues.get(name);
    if (queue?.channel) return { queue, channel: queue.channel };
    throw new UnknownNameError(
      'channel',
      name,
      this.channels().map((channel) => channel.name),
    );
  }

  #write(draft: MessageDraft): Message {
    return writeMessage(draft, this.#settings.templates, (error, template) => {
      // Told once: a template that fails does so at every message.
      if (this.#failedTemplates.has(template)) return;
      this.#failedTemplates.add(template);
      this.#events.error(`template ${JSON.stringify(template)}`, error);
    });
  }

  *#gauges(): Generator<ChannelGauges> {
    for (const { name, pending, isDown } of this.#queues.values()) yield { channel: name, pending, isDown };
  }

  #close(channel: Channel): Promise<void> {
    return this.#closing(`channel ${JSON.stringify(channel.name)}`, async () => channel.stop?.());
  }

  async #closing(what: string, call: () => Promise<void>): Promise<void> {
    try {
      await callWithTimeout(call, {
        timeoutMs: CLOSE_TIMEOUT_MS,
        what: `stop of ${what}`,
        clock: this.#clock,
      });
    } catch (error) {
      this.#events.error(what, error);
    }
  }
}
