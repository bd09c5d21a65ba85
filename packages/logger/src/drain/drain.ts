/// <reference lib="esnext.disposable" />
import { type Clock, callWithTimeout, type Disposer, Emitter } from '@evenkeel/core';
import type { RecordBatch, RecordReader } from '../recording/record-reader.ts';
import type { Sink } from '../sink.ts';
import { BackOff } from './back-off.ts';
import type { DrainEvents, DrainState, DrainStatistics, SinkOperation } from './drain-events.ts';
import { DrainMetrics } from './drain-metrics.ts';
import { type DrainOptions, readDrainOptions } from './drain-options.ts';
import { Flushes } from './flushes.ts';
import { HeldBatches } from './held-batches.ts';
import { keepAlive } from './keep-alive.ts';
import { LossReport } from './loss-report.ts';
import { type Outcome, SinkCaller } from './sink-caller.ts';
import { SinkHealth } from './sink-health.ts';
import { isUnwritable } from './unwritable.ts';

/* What holds the event loop up for longer begins to show in the tail of response times. */
const SLICE_MS = 4;

type FailedOutcome = Extract<Outcome, { kind: 'failed' }>;

/**
 * Brings the records of a recorder to a sink: in batches, in order, in the background. A sink that is slow holds up
 * nobody: its records wait in the recorder's ring, and are lost, and counted, when the ring needs the room. One that
 * fails gets the same records again, after a while; one that hangs is left alone until it settles.
 *
 * Timers are set only while records wait: an idle drain costs nothing.
 */
export class Drain extends Emitter<DrainEvents> {
  readonly #sink: Sink;
  readonly #reader: RecordReader;
  readonly #batchSize: number;
  readonly #maxDelayMs: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #caller: SinkCaller;
  readonly #losses: LossReport;
  readonly #metrics: DrainMetrics;
  /* Read and not written yet. */
  readonly #held = new HeldBatches();
  readonly #flushes: Flushes;
  readonly #health: SinkHealth;
  #running = false;
  #isOpen = false;
  #written = 0;
  #unwritable = 0;
  #abandoned = 0;
  #pumping: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #cancelWait: Disposer = () => {};
  #endPause: () => void = () => {};

  /** @throws ConfigurationError */
  constructor(options: DrainOptions) {
    const read = readDrainOptions(options);
    super(read.clock);
    this.#sink = read.sink;
    this.#reader = read.recorder.reader();
    this.#batchSize = read.batchSize;
    this.#maxDelayMs = read.maxDelay;
    this.#timeoutMs = read.timeout;
    this.#clock = read.clock;
    this.#backOff = new BackOff(read.random);
    this.#flushes = new Flushes(read.clock);
    this.#health = new SinkHealth(read.sink.name, {
      failed: (event) => {
        this.#metrics.failed();
        this.emit('sink_failed', event);
        this.#losses.update();
      },
      recovered: (event) => {
        this.#backOff.reset();
        this.emit('sink_recovered', event);
      },
    });
    this.#caller = new SinkCaller(read.sink.name, read.timeout, read.clock, (operation, error) =>
      this.#health.failed(operation, error),
    );
    this.#losses = new LossReport({
      clock: read.clock,
      total: () => this.#lost,
      isAtRisk: () => this.#running && this.#health.failures > 0 && this.#waiting > 0,
      tell: (count, total) => this.emit('records_lost', { sink: read.sink.name, count, total }),
    });
    this.#metrics = new DrainMetrics(read.meter, read.sink.name, () => this.statistics());
  }

  /** Opens the sink and begins to write, in the background. Idempotent; does nothing while it stops. */
  start(): void {
    if (this.#running || this.#stopping) return;
    this.#running = true;
    this.#metrics.start();
    this.#pump();
  }

  /**
   * Waits until all that was recorded so far is written and the sink has flushed it. A sink that fails is tried again at
   * once. Gives `false` where it took too long, or the drain is not started. Keeps the process alive meanwhile; never rejects.
   *
   * @param timeoutMs in ms @defaultValue 5000
   */
  flush(timeoutMs = 5000): Promise<boolean> {
    if (!this.#running) return Promise.resolve(false);
    const letGo = keepAlive();
    const flushed = this.#flushes.add(this.#reader.position + this.#reader.waiting, timeoutMs);
    this.#endPause();
    this.#pump();
    return flushed.finally(letGo);
  }

  /**
   * Writes what it can right now, before the process dies: for sinks that have `writeSync`. What is with the sink already
   * is given to it again, first. Never throws.
   */
  flushSync(): void {
    if (!this.#isOpen || this.#sink.writeSync === undefined) return;
    let works = true;
    for (let batch = this.#next(); works && batch; batch = this.#next()) works = this.#writeSync(batch);
  }

  #writeSync(batch: RecordBatch): boolean {
    try {
      this.#sink.writeSync?.(batch.records);
      this.#wrote();
    } catch (error) {
      if (!isUnwritable(error)) {
        this.#health.failed('write', error);
        return false;
      }
      this.#divide(error);
    }
    return true;
  }

  /**
   * Writes what there is, for as long as it may take, then closes the sink. What could not be written is lost, and
   * counted. Idempotent; never rejects.
   *
   * @param timeoutMs for writing, in ms @defaultValue 5000
   */
  stop(timeoutMs = 5000): Promise<void> {
    if (this.#running && !this.#stopping) {
      const letGo = keepAlive();
      this.#stopping = this.#stop(timeoutMs).finally(() => {
        this.#stopping = undefined;
        letGo();
      });
    }
    return this.#stopping ?? Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  statistics(): DrainStatistics {
    return {
      sink: this.#sink.name,
      state: this.#state,
      written: this.#written,
      lost: this.#lost,
      overwritten: this.#reader.lost,
      unwritable: this.#unwritable,
      waiting: this.#waiting,
      failures: this.#health.failures,
      ...(this.#health.lastError !== undefined && { lastError: this.#health.lastError }),
    };
  }

  get #state(): DrainState {
    if (!this.#running) return 'stopped';
    if (this.#caller.isHanging) return 'hanging';
    return this.#health.failures > 0 ? 'failing' : 'running';
  }

  get #lost(): number {
    return this.#reader.lost + this.#unwritable + this.#abandoned;
  }

  get #waiting(): number {
    return this.#reader.waiting + this.#held.count;
  }

  /** Begins to write, unless that goes on. */
  #pump(): void {
    this.#cancelWait();
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = undefined;
      if (!this.#running) return;
      if (this.#flushes.size > 0) this.#pump();
      else this.#awaitRecords();
    });
  }

  /** Begins to write when a batch is full, or its first record has waited for long enough. */
  #awaitRecords(): void {
    const soon = (ms: number): void => {
      this.#cancelWait();
      this.#cancelWait = this.#clock.setTimeout(() => this.#pump(), ms);
    };
    const { waiting } = this.#reader;
    if (waiting >= this.#batchSize) {
      soon(0);
    } else if (waiting > 0) {
      const cancelTimer = this.#clock.setTimeout(() => this.#pump(), this.#maxDelayMs);
      const cancelAlarm = this.#reader.whenWaiting(this.#batchSize, () => soon(0));
      this.#cancelWait = () => {
        cancelTimer();
        cancelAlarm();
      };
    } else {
      // Within the call that records: only timers may be set.
      this.#cancelWait = this.#reader.whenWaiting(1, () => this.#awaitRecords());
    }
  }

  async #run(): Promise<void> {
    while (this.#running && !this.#isOpen) await this.#openSink();
    let sliceEnd = this.#clock.monotonic() + SLICE_MS;
    for (
      let batch = this.#next();
      this.#running && batch;
      batch = this.#isMoreToDo ? this.#next() : undefined
    ) {
      await this.#write(batch);
      await this.#finishFlushes();
      if (this.#clock.monotonic() < sliceEnd) continue;
      await this.#pause(0);
      sliceEnd = this.#clock.monotonic() + SLICE_MS;
    }
    await this.#finishFlushes();
  }

  get #isMoreToDo(): boolean {
    return (
      this.#held.first !== undefined || this.#flushes.size > 0 || this.#reader.waiting >= this.#batchSize
    );
  }

  async #openSink(): Promise<void> {
    const outcome = await this.#caller.call('start', async () => {
      await this.#sink.start?.();
      // Where it was given up meanwhile, nobody else would close it.
      if (this.#running) this.#isOpen = true;
      else await this.#sink.stop?.();
    });
    if (outcome.kind === 'failed') await this.#retryLater('start', outcome);
    else if (outcome.kind === 'done') this.#health.worked();
  }

  /** What is to be written next; it stays held until it is. */
  #next(): RecordBatch | undefined {
    if (this.#held.first) return this.#held.first;
    const batch = this.#reader.read(this.#batchSize);
    this.#losses.update();
    if (batch.count === 0) return undefined;
    this.#held.push(batch);
    return batch;
  }

  async #write(batch: RecordBatch): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const outcome = await this.#caller.call('write', (signal) => this.#sink.write(batch.records, signal));
    if (this.#held.first !== batch) {
      // A crash that the application survives has written it meanwhile.
    } else if (outcome.kind === 'done') {
      this.#metrics.wrote(this.#clock.monotonic() - startedAt);
      this.#wrote();
      this.#health.worked();
    } else if (outcome.kind === 'failed') {
      if (isUnwritable(outcome.error)) this.#divide(outcome.error);
      else await this.#retryLater('write', outcome);
    }
  }

  #wrote(): void {
    this.#written += this.#held.removeFirst();
  }

  /** Looks for what can't be written in the halves of the batch. */
  #divide(error: unknown): void {
    if (this.#held.divideFirst()) return;
    this.#unwritable += this.#held.removeFirst();
    this.reportError(`a record that the sink ${this.#sink.name} cannot write`, error);
    this.#losses.update();
  }

  async #finishFlushes(): Promise<void> {
    const due = this.#flushes.upTo(this.#reader.position - this.#held.count);
    if (due.length === 0) return;
    const outcome = await this.#caller.call('flush', (signal) => this.#sink.flush?.(signal));
    if (outcome.kind === 'done') this.#health.worked();
    else if (outcome.kind === 'failed' && !outcome.isTold) this.#health.failed('flush', outcome.error);
    for (const flush of due) flush.done(outcome.kind === 'done');
  }

  async #retryLater(operation: SinkOperation, { error, isTold }: FailedOutcome): Promise<void> {
    if (!isTold) this.#health.failed(operation, error);
    await this.#pause(this.#backOff.next());
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimeout(resolve, ms);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async #stop(timeoutMs: number): Promise<void> {
    await this.flush(timeoutMs);
    this.#running = false;
    this.#cancelWait();
    this.#caller.abandon();
    this.#endPause();
    await this.#pumping;
    this.#flushes.giveUp();
    this.#abandoned += this.#waiting;
    this.#held.clear();
    this.#reader.skip(Number.POSITIVE_INFINITY, 0);
    this.#losses.tellNow();
    await this.#closeSink();
    this.#metrics.stop();
  }

  async #closeSink(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      const what = `stop of sink ${this.#sink.name}`;
      await callWithTimeout(() => this.#sink.stop?.(), {
        timeoutMs: this.#timeoutMs,
        what,
        clock: this.#clock,
      });
    } catch (error) {
      this.#health.failed('stop', error);
    }
  }
}
