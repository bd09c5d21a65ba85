import { type Clock, type Disposer, EvenkeelError, type VirtualClock } from '@evenkeel/core';
import type { Channel, Message } from '../../src/channels/channel.ts';
import type { AlertStore, StoredState } from '../../src/store/alert-store.ts';

/** What a process has while it lives. Nothing of it happens after the process was killed. */
export class Life {
  isOver = false;
  readonly #timers = new Set<Disposer>();

  kill(): void {
    this.isOver = true;
    for (const cancel of this.#timers) cancel();
  }

  clock(clock: VirtualClock): Clock {
    const keep = (cancel: Disposer): Disposer => {
      this.#timers.add(cancel);
      return () => {
        this.#timers.delete(cancel);
        cancel();
      };
    };
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimeout: (callback, delayMs) => {
        if (this.isOver) return () => {};
        const cancel = keep(
          clock.setTimeout(() => {
            cancel();
            if (!this.isOver) callback();
          }, delayMs),
        );
        return cancel;
      },
      setInterval: (callback, periodMs) => keep(clock.setInterval(callback, periodMs)),
    };
  }
}

/** How a receiver or a store behaves for some time. */
export type Mood =
  | 'well'
  | 'slow'
  | 'refuses'
  | 'hangs'
  | 'rejects'
  | 'asks to wait'
  | 'takes late'
  | 'throws junk';

export interface World {
  readonly clock: VirtualClock;
  readonly random: () => number;
}

/** Waits in virtual time. */
function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimeout(resolve, ms));
}

/** Writes what it was given when its time has come, also where nobody waits for it any more, unless the process died. */
export class MoodyStore implements AlertStore {
  readonly #inner: AlertStore;
  readonly #world: World;
  readonly #life: Life;
  readonly #mood: () => Mood;

  constructor(inner: AlertStore, world: World, life: Life, mood: () => Mood) {
    this.#inner = inner;
    this.#world = world;
    this.#life = life;
    this.#mood = mood;
  }

  async load(): ReturnType<AlertStore['load']> {
    await this.#hinder();
    return await this.#inner.load();
  }

  async save(changes: Partial<StoredState>): Promise<void> {
    if (this.#life.isOver) return;
    // What is underway when the process dies may still be written.
    const survives = this.#world.random() < 0.5;
    await this.#hinder();
    if (this.#life.isOver && !survives) return;
    await this.#inner.save(changes);
  }

  history: AlertStore['history'] = (query) => this.#inner.history(query);
  deadLetters: AlertStore['deadLetters'] = (query) => this.#inner.deadLetters(query);

  async #hinder(): Promise<void> {
    const mood = this.#mood();
    if (mood === 'hangs') await new Promise(() => {});
    if (mood === 'rejects') throw new EvenkeelError('the store is away');
    if (mood === 'slow') await wait(this.#world.clock, 300 * this.#world.random());
  }
}

/** A receiver with its faults; what it has taken it tells at once. */
export class MoodyChannel implements Channel {
  readonly kind = 'test';
  readonly description = 'a receiver with moods';
  readonly name: string;
  readonly repeatMs?: number;
  readonly concurrency?: number;
  readonly #world: World;
  readonly #life: Life;
  readonly #mood: () => Mood;
  readonly #failure: (mood: Mood) => unknown;
  readonly #take: (message: Message) => void;

  constructor(options: {
    readonly name: string;
    readonly repeatMs: number | undefined;
    readonly world: World;
    readonly life: Life;
    readonly mood: () => Mood;
    readonly failure: (mood: Mood) => unknown;
    readonly take: (message: Message) => void;
  }) {
    this.name = options.name;
    if (options.repeatMs !== undefined) this.repeatMs = options.repeatMs;
    this.#world = options.world;
    this.#life = options.life;
    this.#mood = options.mood;
    this.#failure = options.failure;
    this.#take = options.take;
  }

  send(message: Message, signal: AbortSignal): Promise<void> {
    const mood = this.#mood();
    if (mood === 'throws junk') throw 'junk';
    return this.#send(message, mood, signal);
  }

  async #send(message: Message, mood: Mood, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#world;
    // Some notice that they are to stop, and some do not.
    const isDeaf = random() < 0.2;
    if (mood === 'hangs')
      await new Promise((_, reject) => {
        if (!isDeaf) signal.addEventListener('abort', () => reject(signal.reason));
      });
    if (mood === 'takes late') await wait(clock, 15_000);
    if (mood === 'slow') await wait(clock, 2000 * random());
    if (mood === 'rejects' || mood === 'refuses' || mood === 'asks to wait') throw this.#failure(mood);
    if (!this.#life.isOver) this.#take(message);
  }
}
