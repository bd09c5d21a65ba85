import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { type Clock, type Disposer, errorMessage } from '@evenkeel/core';
import type { Node } from '@pgsql/types';
import { PARSER_WORKER } from './parser-worker.ts';
import { SqlError } from './sql-error.ts';

/** What the parser says of a text of exactly one statement. */
export interface Parsed {
  readonly tree: Node;
  readonly fingerprint: string;
  readonly normalized: string;
}

type Answer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'parsed';
      /** In JSON. */
      readonly tree: string;
      readonly fingerprint: string;
      readonly normalized: string;
    }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'syntax'; readonly message: string; readonly position: number | undefined }
  | { readonly kind: 'broken'; readonly message: string };

interface Job {
  readonly text: string;
  readonly resolve: (parsed: Parsed) => void;
  readonly reject: (error: SqlError) => void;
}

export interface ParserThreadOptions {
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/* The thread starts in some 100 ms; a machine under load is given a while. */
const START_TIMEOUT_MS = 30_000;

/* The parser's memory only grows, and errors leak a little of its stack. */
const TEXTS_PER_THREAD = 5000;

/* More than any application has different statements of in a moment. */
const MAX_WAITING = 10_000;

/* Trees are JavaScript objects, which take many times what their text does. */
const MAX_HEAP_MB = 256;

/* Of the thread: deep trees are walked by recursion there. Four times the default; it is only taken when used. */
const STACK_MB = 16;

const MAX_MESSAGE_LENGTH = 300;

/**
 * PostgreSQL's parser in a thread of its own, one text at a time, so that it is known which text it died of. The
 * thread is started when it is first needed, and replaced when it dies, takes too long, fails with anything but a
 * syntax error, or has read some thousands of texts. While a text is being read it keeps the process alive, which the
 * time-out limits; otherwise it does not.
 */
export class ParserThread {
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #waiting: Job[] = [];
  #worker: Worker | undefined;
  #isReady = false;
  #current: Job | undefined;
  #texts = 0;
  #stopTimer: Disposer = () => {};
  #ending: Promise<unknown> = Promise.resolve();
  #isStopped = false;
  #threads = 0;

  constructor({ timeoutMs, clock }: ParserThreadOptions) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  /** Threads that were started so far. */
  get threads(): number {
    return this.#threads;
  }

  /** Rejects with `SqlError`. */
  parse(text: string): Promise<Parsed> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) {
        reject(stopped());
      } else if (this.#waiting.length >= MAX_WAITING) {
        reject(new SqlError(`${MAX_WAITING} texts are waiting to be parsed already`, { code: 'SQL_PARSER' }));
      } else {
        this.#waiting.push({ text, resolve, reject });
        this.#next();
      }
    });
  }

  /** Ends the thread, unless it has work; the next text starts another. */
  async rest(): Promise<void> {
    if (!this.#current && this.#waiting.length === 0) this.#discard();
    await this.#ending;
  }

  /** Ends the thread; what is waiting is rejected. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const jobs = this.#waiting.splice(0);
    if (this.#current) jobs.unshift(this.#current);
    this.#discard();
    for (const job of jobs) job.reject(stopped());
    await this.#ending;
  }

  #next(): void {
    if (this.#current || this.#waiting.length === 0) return;
    const worker = this.#worker ?? this.#start();
    if (!worker || !this.#isReady) return;
    const job = this.#waiting.shift();
    if (!job) return;
    this.#current = job;
    this.#texts++;
    this.#limit(this.#timeoutMs, 'SQL_TIMEOUT', `parsing did not finish within ${this.#timeoutMs} ms`);
    worker.ref();
    worker.postMessage(job.text);
  }

  #start(): Worker | undefined {
    let worker: Worker;
    try {
      worker = new Worker(PARSER_WORKER, {
        eval: true,
        name: 'evenkeel-sql-parser',
        // What the host was started with, a loader say, is of no use to this thread and may not run there.
        execArgv: [],
        workerData: { path: createRequire(import.meta.url).resolve('libpg-query') },
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, stackSizeMb: STACK_MB },
        // The parser prints when it aborts, which is told as an error. Nobody reads it: that would keep the process alive.
        stdout: true,
        stderr: true,
      });
    } catch (cause) {
      this.#failAll(`the SQL parser cannot start: ${errorMessage(cause)}`, cause);
      return undefined;
    }
    this.#threads++;
    this.#texts = 0;
    this.#isReady = false;
    this.#worker = worker;
    worker.on('message', (answer: Answer) => this.#answered(worker, answer));
    worker.on('error', (cause) => this.#died(worker, cause));
    worker.on('exit', () => this.#died(worker, undefined));
    this.#limit(START_TIMEOUT_MS, 'SQL_PARSER', `the SQL parser did not start within ${START_TIMEOUT_MS} ms`);
    return worker;
  }

  #answered(worker: Worker, answer: Answer): void {
    if (worker !== this.#worker) return;
    this.#stopTimer();
    worker.unref();
    const job = this.#current;
    this.#current = undefined;
    if (answer.kind === 'ready') this.#isReady = true;
    else if (answer.kind === 'broken' || this.#texts >= TEXTS_PER_THREAD) this.#discard();
    if (job) settle(job, answer);
    this.#next();
  }

  #died(worker: Worker, cause: unknown): void {
    if (worker !== this.#worker) return;
    const why = cause === undefined ? '' : `: ${errorMessage(cause)}`;
    const job = this.#current;
    this.#discard();
    if (job) {
      job.reject(new SqlError(`the SQL parser died of this text${why}`, { code: 'SQL_PARSER', cause }));
      this.#next();
    } else if (!this.#isReady) {
      this.#failAll(`the SQL parser cannot start${why}`, cause);
    }
  }

  #limit(ms: number, code: 'SQL_TIMEOUT' | 'SQL_PARSER', message: string): void {
    this.#stopTimer = this.#clock.setTimeout(() => {
      const job = this.#current;
      this.#discard();
      if (job) job.reject(new SqlError(message, { code }));
      else this.#failAll(message, undefined);
      this.#next();
    }, ms);
  }

  /** Without a thread nobody can be served; the next text tries again. */
  #failAll(message: string, cause: unknown): void {
    for (const job of this.#waiting.splice(0))
      job.reject(new SqlError(message, { code: 'SQL_PARSER', cause }));
  }

  #discard(): void {
    this.#stopTimer();
    const worker = this.#worker;
    this.#worker = undefined;
    this.#current = undefined;
    if (worker) this.#ending = Promise.all([this.#ending, worker.terminate()]);
  }
}

function settle(job: Job, answer: Answer): void {
  switch (answer.kind) {
    case 'parsed':
      job.resolve({
        // Made by the parser's own thread.
        tree: JSON.parse(answer.tree) as Node,
        fingerprint: answer.fingerprint,
        normalized: answer.normalized,
      });
      break;
    case 'count':
      job.reject(
        new SqlError(`one statement is expected, not ${answer.count}`, { code: 'SQL_NOT_ONE_STATEMENT' }),
      );
      break;
    case 'syntax':
      job.reject(
        new SqlError(answer.message.slice(0, MAX_MESSAGE_LENGTH), {
          code: 'SQL_SYNTAX',
          position: indexOfCodePoint(job.text, answer.position),
        }),
      );
      break;
    case 'broken':
      job.reject(
        new SqlError(`the SQL parser failed: ${answer.message.slice(0, MAX_MESSAGE_LENGTH)}`, {
          code: 'SQL_PARSER',
        }),
      );
      break;
  }
}

/** PostgreSQL counts characters; JavaScript counts two for those beyond U+FFFF. */
function indexOfCodePoint(text: string, count: number | undefined): number | undefined {
  if (count === undefined || count < 0) return undefined;
  let index = 0;
  for (let seen = 0; seen < count && index < text.length; seen++) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  return index;
}

function stopped(): SqlError {
  return new SqlError('the SQL parser was stopped', { code: 'SQL_STOPPED' });
}
