import { type Severity, seededRandom, VirtualClock } from '@evenkeel/core';
import type { TrackedAlert } from '../../src/alert-state.ts';
import { DeliveryError, MAX_ALERTS_IN_MESSAGE, type Message } from '../../src/channels/channel.ts';
import { Notifier } from '../../src/delivery/notifier.ts';
import type { AlertStore, Delivery } from '../../src/store/alert-store.ts';
import { MemoryAlertStore } from '../../src/store/memory-store.ts';
import { Life, type Mood, MoodyChannel, MoodyStore, type World } from './mortal.ts';

export interface ChaosOptions {
  readonly seed: number;
  /** Changes of alerts. */
  readonly changes: number;
  /** How often the process ends, on the average once in so many changes; 0 for never. */
  readonly restartEvery: number;
  /** Most changes at one instant. @defaultValue 60 */
  readonly burst?: number;
  /** Whether it may be killed rather than stopped. */
  readonly kills: boolean;
  /** Where alerts and messages are kept. @defaultValue in memory */
  readonly store?: AlertStore;
  /** Lets real time pass, where the store is real. @defaultValue none needed */
  readonly settle?: () => Promise<void>;
}

export interface ChaosResult {
  readonly changes: number;
  readonly accepted: number;
  readonly sent: number;
  readonly dead: number;
  readonly suppressed: number;
  readonly messages: number;
  readonly repeated: number;
  readonly restarts: number;
  readonly kills: number;
  readonly checks: number;
  /** What must not be; empty. */
  readonly broken: readonly string[];
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];
const CHANNELS = ['news', 'state', 'pager'] as const;
type ChannelName = (typeof CHANNELS)[number];
const MOODS: readonly Mood[] = [
  'slow',
  'refuses',
  'hangs',
  'rejects',
  'asks to wait',
  'takes late',
  'throws junk',
];
const STORE_MOODS: readonly Mood[] = ['slow', 'rejects', 'hangs'];
const NAMES = 12;
const ALERTS = 300;

/** Plays alerts, faults and restarts in virtual time, by the seed, and keeps a ledger of what must be true. */
export async function playChaos(options: ChaosOptions): Promise<ChaosResult> {
  const chaos = new Chaos(options);
  return await chaos.play();
}

class Chaos {
  readonly #options: ChaosOptions;
  readonly #random: () => number;
  readonly #clock = new VirtualClock(1_700_000_000_000);
  readonly #world: World;
  readonly #store: AlertStore;
  readonly #truth = new Map<string, TrackedAlert>();
  readonly #channelMoods: Record<ChannelName, Mood> = { news: 'well', state: 'well', pager: 'well' };
  #storeMood: Mood = 'well';
  #life = new Life();
  #notifier: Notifier;
  #nextId = 0;
  /* What receivers know: taken, or given up and handed to the dead letters. */
  readonly #known = new Map<ChannelName, Map<string, TrackedAlert>>(
    CHANNELS.map((name) => [name, new Map()]),
  );
  readonly #lastOfGroup = new Map<string, Message>();
  readonly #taken = new Map<string, number>();
  #messages = 0;
  #repeated = 0;
  #restarts = 0;
  #kills = 0;
  #checks = 0;
  #restored = 0;
  readonly #totals = { accepted: 0, sent: 0, dead: 0, suppressed: 0 };
  readonly #broken: string[] = [];

  constructor(options: ChaosOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#world = { clock: this.#clock, random: this.#random };
    this.#store = options.store ?? new MemoryAlertStore({ clock: this.#clock, maxDeadLetters: 1_000_000 });
    this.#notifier = this.#newNotifier();
  }

  async play(): Promise<ChaosResult> {
    const { changes, restartEvery, kills, burst: mostAtOnce = 60 } = this.#options;
    await this.#start();
    for (let done = 0; done < changes; ) {
      const burst = 1 + Math.floor(this.#random() ** 3 * mostAtOnce);
      for (let each = 0; each < burst; each++) this.#change();
      done += burst;
      this.#check();
      await this.#pass(this.#random() ** 2 * 20_000);
      this.#check();
      if (this.#random() < 0.2) this.#changeMoods();
      if (restartEvery > 0 && this.#random() < burst / restartEvery)
        await this.#restart(kills && this.#random() < 0.5);
    }
    await this.#calm();
    return {
      changes,
      ...this.#totals,
      messages: this.#messages,
      repeated: this.#repeated,
      restarts: this.#restarts,
      kills: this.#kills,
      checks: this.#checks,
      broken: this.#broken,
    };
  }

  #newNotifier(): Notifier {
    const life = new Life();
    this.#life = life;
    const notifier = new Notifier({
      store: new MoodyStore(this.#store, this.#world, life, () => this.#storeMood),
      clock: life.clock(this.#clock),
      random: this.#random,
      newId: () => `m${this.#nextId++}`,
      delivery: {
        groupWait: '10s',
        groupInterval: '1m',
        repeatInterval: '2h',
        deadline: '30m',
        routes: [
          { channels: ['state'], continue: true },
          { channels: ['news'], escalation: [{ after: '5m', channels: ['pager'] }] },
        ],
      },
      events: {
        sent: () => this.#check(),
        failed: () => this.#check(),
        dead: (delivery) => {
          this.#check();
          this.#learn(delivery.channel as ChannelName, delivery.message);
        },
        escalated: () => {},
        error: () => {},
      },
    });
    for (const name of CHANNELS) {
      notifier.addChannel(
        new MoodyChannel({
          name,
          repeatMs: name === 'state' ? 600_000 : undefined,
          world: this.#world,
          life,
          mood: () => this.#channelMoods[name],
          failure,
          take: (message) => this.#take(name, message),
        }),
      );
    }
    return notifier;
  }

  /** As the engine does: what the store knows goes on, the rest is told anew. */
  async #start(): Promise<void> {
    const before = this.#pendingIn(await this.#store.load());
    const starting = this.#notifier.start().then((state) => {
      this.#restored = this.#notifier.stats().accepted;
      return state;
    });
    await this.#pass(10_000);
    const { alerts } = await starting;
    if (this.#storeMood === 'well' && this.#restored !== before)
      this.#broken.push(`restored ${this.#restored} changes of ${before}`);
    const stored = new Map(alerts.map((alert) => [alert.id, alert]));
    for (const alert of this.#truth.values()) {
      if (!stored.has(alert.id)) this.#notifier.accept({ kind: 'fired', alert });
      else this.#notifier.accept({ kind: 'updated', alert });
    }
    for (const alert of stored.values()) {
      if (!this.#truth.has(alert.id))
        this.#notifier.accept({ kind: 'resolved', alert: this.#resolved(alert) });
    }
  }

  #pendingIn({ deliveries }: { readonly deliveries: readonly Delivery[] }): number {
    return deliveries.reduce((sum, { changes }) => sum + changes, 0);
  }

  async #restart(isKilled: boolean): Promise<void> {
    this.#restarts += 1;
    if (isKilled) {
      this.#kills += 1;
      // What was sent while the store was away is in no store: it is back, and has what it missed.
      this.#storeMood = 'well';
      await this.#pass(60_000);
      this.#storeMood = 'slow';
      for (let each = 0; each < 20; each++) this.#change();
      await this.#pass(500 * this.#random());
      this.#life.kill();
      // Its writes that are on their way arrive, or not.
      await this.#pass(500);
      this.#storeMood = 'well';
    } else {
      this.#storeMood = 'well';
      const stopping = this.#notifier.stop();
      await this.#pass(60_000);
      await stopping;
      const left = this.#pendingIn(await this.#store.load());
      const { pending } = this.#notifier.stats();
      if (left !== pending) this.#broken.push(`${left} changes are kept of ${pending} that are pending`);
      this.#life.kill();
    }
    this.#settleAccount();
    this.#notifier = this.#newNotifier();
    await this.#start();
  }

  #settleAccount(): void {
    this.#check();
    const { accepted, sent, dead, suppressed } = this.#notifier.stats();
    this.#totals.accepted += accepted - this.#restored;
    this.#totals.sent += sent;
    this.#totals.dead += dead;
    this.#totals.suppressed += suppressed;
  }

  /** All faults are over: everybody must learn how things are. */
  async #calm(): Promise<void> {
    this.#storeMood = 'well';
    for (const name of CHANNELS) this.#channelMoods[name] = 'well';
    for (const alert of this.#truth.values()) {
      const { acknowledgedBy: _, ...open } = alert;
      this.#update({ ...open, silencedBy: [], isFlapping: false });
    }
    for (let minute = 0; minute < 150; minute++) await this.#pass(60_000);
    this.#settleAccount();
    const { pending } = this.#notifier.stats();
    if (pending !== 0) this.#broken.push(`${pending} changes are pending for ever`);
    if (this.#options.kills === false) this.#checkSum();
    this.#checkKnown();
    const stopping = this.#notifier.stop();
    await this.#pass(60_000);
    await stopping;
    const left = (await this.#store.load()).deliveries;
    if (left.length > 0) this.#broken.push(`messages are kept as pending for ever: ${JSON.stringify(left)}`);
    if (this.#clock.pending !== 0) this.#broken.push(`${this.#clock.pending} timers are left`);
  }

  #checkSum(): void {
    const { accepted, sent, dead, suppressed } = this.#totals;
    if (sent + dead + suppressed !== accepted)
      this.#broken.push(`${sent} sent, ${dead} dead, ${suppressed} suppressed are not ${accepted} accepted`);
  }

  /** What receivers were told last, or the dead letters say, is how things are. */
  #checkKnown(): void {
    for (const name of ['news', 'state'] as const) {
      for (const [id, told] of this.#known.get(name) ?? []) {
        const isFiring = this.#truth.has(id);
        if (name === 'state' && (told.state === 'firing') !== isFiring)
          this.#broken.push(`${name} believes of ${id} that it is ${told.state}`);
      }
    }
    for (const id of this.#truth.keys())
      if (!this.#known.get('state')?.has(id)) this.#broken.push(`state does not know of ${id}`);
    let firing = 0;
    for (const message of this.#lastOfGroup.values()) firing += message.counts.firing;
    if (firing !== this.#truth.size) this.#broken.push(`news counts ${firing} of ${this.#truth.size} alerts`);
  }

  #take(name: ChannelName, message: Message): void {
    this.#messages += 1;
    const key = `${name} ${message.id}`;
    const times = this.#taken.get(key) ?? 0;
    this.#taken.set(key, times + 1);
    if (times > 0) {
      // Receivers tell repetitions by the id: one of a try that was given up may come after later news.
      this.#repeated += 1;
      return;
    }
    if (message.alerts.length > MAX_ALERTS_IN_MESSAGE) this.#broken.push('a message lists too much');
    const { firing, resolved } = message.counts;
    if (message.alerts.length !== Math.min(MAX_ALERTS_IN_MESSAGE, firing + resolved))
      this.#broken.push(`a message lists ${message.alerts.length} of ${firing} and ${resolved}`);
    this.#learn(name, message);
  }

  #learn(name: ChannelName, message: Message): void {
    const known = this.#known.get(name);
    for (const alert of message.alerts) known?.set(alert.id, alert);
    if (name === 'news') this.#lastOfGroup.set(JSON.stringify(message.groupLabels), message);
  }

  #check(): void {
    this.#checks += 1;
    const { accepted, sent, pending, dead, suppressed } = this.#notifier.stats();
    if (sent + pending + dead + suppressed !== accepted)
      this.#broken.push(`${sent} + ${pending} + ${dead} + ${suppressed} is not ${accepted}`);
  }

  async #pass(ms: number): Promise<void> {
    if (!this.#options.settle) {
      await this.#clock.advanceAsync(ms);
      return;
    }
    // A real store answers in real time: in small steps, each with time to answer.
    for (let left = ms; left > 0; left -= 1000) {
      await this.#clock.advanceAsync(Math.min(1000, left));
      await this.#options.settle();
    }
  }

  #changeMoods(): void {
    for (const name of CHANNELS) {
      if (this.#random() < 0.5) this.#channelMoods[name] = this.#random() < 0.6 ? 'well' : this.#pick(MOODS);
    }
    if (this.#random() < 0.5) this.#storeMood = this.#random() < 0.7 ? 'well' : this.#pick(STORE_MOODS);
  }

  #change(): void {
    const number = Math.floor(this.#random() * ALERTS);
    const id = `a${number}`;
    const present = this.#truth.get(id);
    const dice = this.#random();
    if (!present) this.#fire(id, number);
    else if (dice < 0.5) this.#resolve(present);
    else if (dice < 0.6) this.#update({ ...present, severity: this.#pick(SEVERITIES) });
    else if (dice < 0.7) this.#update({ ...present, silencedBy: present.silencedBy.length > 0 ? [] : ['s'] });
    else if (dice < 0.8) this.#update({ ...present, isFlapping: !present.isFlapping });
    else if (dice < 0.85) this.#update({ ...present, acknowledgedBy: 'somebody' });
    else this.#update({ ...present, count: present.count + 1 });
  }

  #fire(id: string, number: number): void {
    const now = this.#clock.now();
    const alert: TrackedAlert = {
      id,
      name: `n${number % NAMES}`,
      severity: this.#pick(SEVERITIES),
      message: `it is so with ${id}`,
      since: now,
      labels: { route: `/${number}` },
      state: 'firing',
      updatedAt: now,
      firedAt: now,
      count: 1,
      isFlapping: this.#random() < 0.05,
      silencedBy: this.#random() < 0.05 ? ['s'] : [],
    };
    this.#truth.set(id, alert);
    this.#notifier.accept({ kind: 'fired', alert });
  }

  #update(alert: TrackedAlert): void {
    const updated = { ...alert, updatedAt: this.#clock.now() };
    this.#truth.set(alert.id, updated);
    this.#notifier.accept({ kind: 'updated', alert: updated });
  }

  #resolve(alert: TrackedAlert): void {
    this.#truth.delete(alert.id);
    this.#notifier.accept({ kind: 'resolved', alert: this.#resolved(alert) });
  }

  #resolved(alert: TrackedAlert): TrackedAlert {
    const now = this.#clock.now();
    return { ...alert, state: 'resolved', updatedAt: now, resolvedAt: now };
  }

  #pick<T>(items: readonly T[]): T {
    // The index is within the list.
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}

function failure(mood: Mood): unknown {
  if (mood === 'refuses') return new DeliveryError('refused', { isPermanent: true, status: 400 });
  if (mood === 'asks to wait') return new DeliveryError('too many', { retryAfterMs: 20_000, status: 429 });
  return new Error('away: https://hooks.test/services/T0/secret');
}
