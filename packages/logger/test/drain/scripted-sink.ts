import type { LogRecord } from '../../src/log-record.ts';
import type { Sink } from '../../src/sink.ts';

/** What a sink does with one call. */
export type Step =
  | { readonly kind: 'accept' }
  | { readonly kind: 'reject'; readonly error?: Error }
  | { readonly kind: 'throw' }
  /** Settles when it is told to. */
  | { readonly kind: 'hang' };

/** A sink that does as told, call by call, and then accepts. */
export class ScriptedSink implements Sink {
  readonly name = 'scripted';
  readonly steps: Step[];
  readonly written: LogRecord[] = [];
  readonly calls: { readonly operation: string; readonly count: number; readonly signal?: AbortSignal }[] =
    [];
  /** Ends the call that hangs. */
  release: (error?: Error) => void = () => {};
  /** Calls under way. */
  active = 0;
  /** What refuses a record for good. */
  isUnwritable: (record: LogRecord) => boolean = () => false;

  constructor(steps: readonly Step[] = []) {
    this.steps = [...steps];
  }

  /** Names or values of what was written, but for the definitions. */
  get texts(): string[] {
    return this.written.flatMap((record) =>
      record.kind === 'event' ? [record.type] : record.kind === 'metric' ? [`${record.value}`] : [],
    );
  }

  async start(): Promise<void> {
    await this.#act('start', 0);
  }

  write(records: readonly LogRecord[], signal: AbortSignal): Promise<void> {
    if (this.active > 0) throw new Error('called before the last call has settled');
    const refused = records.find((record) => this.isUnwritable(record));
    if (refused) return Promise.reject(Object.assign(new Error('refused'), { code: 'UNWRITABLE' }));
    // What throws at once does so before there is a promise.
    if (this.steps[0]?.kind === 'throw') {
      this.steps.shift();
      throw new Error('thrown');
    }
    return this.#act('write', records.length, signal).then(() => {
      this.written.push(...records);
    });
  }

  async flush(signal: AbortSignal): Promise<void> {
    await this.#act('flush', 0, signal);
  }

  async stop(): Promise<void> {
    await this.#act('stop', 0);
  }

  async #act(operation: string, count: number, signal?: AbortSignal): Promise<void> {
    this.calls.push({ operation, count, ...(signal && { signal }) });
    const step = this.steps.shift() ?? { kind: 'accept' };
    this.active += 1;
    try {
      if (step.kind === 'reject') throw step.error ?? new Error('rejected');
      if (step.kind === 'hang') {
        await new Promise<void>((resolve, reject) => {
          this.release = (error) => (error ? reject(error) : resolve());
        });
      }
    } finally {
      this.active -= 1;
    }
  }
}
