import { monitorEventLoopDelay } from 'node:perf_hooks';
import { seededRandom } from '@evenkeel/core';
import { createSubject } from './create-subject.ts';
import type { HistoryEvent } from './oracle.ts';
import type { Subject, SubjectName } from './subject.ts';

/** What the coordinator asks of a process, and is answered with the same `id`. */
export type Order =
  | { readonly kind: 'join'; readonly subject: SubjectName; readonly port: number; readonly boundMs: number }
  | { readonly kind: 'run'; readonly histories: readonly HistoryOrder[]; readonly durationMs: number }
  | { readonly kind: 'is-up' }
  | { readonly kind: 'final'; readonly keys: readonly string[] }
  | { readonly kind: 'leave' };

export interface HistoryOrder {
  readonly name: string;
  readonly seed: number;
  /** Whether this process sets the history's set key; the others delete it. */
  readonly sets: boolean;
}

/**
 * What a process asks of the coordinator, which keeps the source. An answer to `lock` comes once no other process has
 * the key locked.
 */
export type Question = { readonly kind: 'load' | 'advance' | 'lock' | 'unlock'; readonly key: string };

/* An operation of a cache that takes longer is left alone; it is no violation, but counted. */
const HUNG_MS = 3000;

/* Rare, for it empties the cache of all histories. */
const CLEARING = 0.9005;

const process_ = Number(process.argv[2]);
let subject: Subject | undefined;
let events: HistoryEvent[] = [];
let hung = 0;
let asked = 0;
const waiting = new Map<number, (version: number) => void>();

process.on('message', (message: { id: number; order?: Order; version?: number }) => {
  if (message.order) void obey(message.id, message.order);
  else waiting.get(message.id)?.(message.version ?? 0);
});
process.on('disconnect', () => process.exit());
// The clients of some subjects reject what nobody waits for when a connection is lost.
process.on('unhandledRejection', () => {});
process.on('uncaughtException', (error) => console.error(`process ${process_}:`, error));

async function obey(id: number, order: Order): Promise<void> {
  process.send?.({ id, answer: await carryOut(order) });
}

async function carryOut(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'join':
      subject = await createSubject(order.subject, order);
      return undefined;
    case 'run': {
      events = [];
      hung = 0;
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      await Promise.all(order.histories.map((history) => live(theSubject(), history, order.durationMs)));
      delay.disable();
      return { events, hung, slackMs: delay.max / 1e6 };
    }
    case 'is-up':
      return theSubject().isUp();
    case 'final': {
      const finals: HistoryEvent[] = [];
      for (const key of order.keys) {
        const version = await inTime(theSubject().get(key, tagsOf(key), () => ask('load', key)));
        if (version !== undefined) finals.push({ kind: 'final', process: process_, key, version });
      }
      return finals;
    }
    case 'leave':
      await inTime(theSubject().stop());
      return undefined;
  }
}

function theSubject(): Subject {
  if (!subject) throw new Error('the process has not joined');
  return subject;
}

/** One process's part in one history: reads and invalidations at random, by its seed. */
async function live(cache: Subject, { name, seed, sets }: HistoryOrder, durationMs: number): Promise<void> {
  const random = seededRandom(seed);
  const endMs = nowMs() + durationMs;
  const [plain, tagged, set] = keysOf(name);
  const running: Promise<unknown>[] = [];
  while (nowMs() < endMs) {
    const turn = random();
    const key = [plain, tagged, set][Math.floor(random() * 3)] ?? plain;
    const before = random() * 30;
    // Now and then a load that lasts long enough to meet an invalidation.
    const after = random() < 0.1 ? random() * 300 : random() * 20;
    if (turn < 0.7) running.push(read(cache, key, before, after));
    else if (turn < 0.8) await update([plain], () => cache.delete(plain));
    else if (turn < 0.9) await update([plain, tagged], () => cache.invalidateTag(tagOf(name)));
    else if (turn < CLEARING) await update([plain, tagged], () => cache.clear());
    else await alone(set, () => (sets ? setNext(cache, set) : update([set], () => cache.delete(set))));
    await pause(random() * 80);
  }
  await Promise.all(running);
}

async function read(cache: Subject, key: string, before: number, after: number): Promise<void> {
  const startMs = nowMs();
  let loadMs: number | undefined;
  const load = async (): Promise<number> => {
    const loadStartMs = nowMs();
    await pause(before);
    const version = await ask('load', key);
    await pause(after);
    loadMs = nowMs() - loadStartMs;
    return version;
  };
  const version = await inTime(cache.get(key, tagsOf(key), load));
  if (version === undefined) return;
  const took = loadMs === undefined ? {} : { loadMs };
  events.push({ kind: 'read', process: process_, key, version, startMs, endMs: nowMs(), ...took });
}

/** The source first, then the cache: as an application does it. */
async function update(keys: readonly string[], invalidate: () => Promise<boolean>): Promise<void> {
  const versions = await Promise.all(keys.map((key) => ask('advance', key)));
  const acknowledged = (await inTime(invalidate())) ?? false;
  const endMs = nowMs();
  for (const [index, key] of keys.entries()) {
    const version = versions[index] ?? 0;
    events.push({ kind: 'invalidation', process: process_, key, version, endMs, acknowledged });
  }
}

/**
 * One process after the other, as a transaction would have it: without that, the value of an earlier update could be
 * set after a later one, and no cache can know.
 */
async function alone(key: string, run: () => Promise<void>): Promise<void> {
  await ask('lock', key);
  await run();
  await ask('unlock', key);
}

async function setNext(cache: Subject, key: string): Promise<void> {
  const version = await ask('advance', key);
  const acknowledged = (await inTime(cache.set(key, version, tagsOf(key)))) ?? false;
  events.push({ kind: 'invalidation', process: process_, key, version, endMs: nowMs(), acknowledged });
}

/** Resolves with `undefined` for what fails or hangs. */
async function inTime<T>(result: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      hung += 1;
      resolve(undefined);
    }, HUNG_MS);
  });
  try {
    return await Promise.race([result, timeout]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function ask(kind: Question['kind'], key: string): Promise<number> {
  const id = ++asked;
  const question: Question = { kind, key };
  return new Promise((resolve) => {
    waiting.set(id, (version) => {
      waiting.delete(id);
      resolve(version);
    });
    process.send?.({ id, question });
  });
}

/** Names of a history's keys: one invalidated by itself and by its tag, one by its tag alone, one that is set. */
function keysOf(name: string): readonly [plain: string, tagged: string, set: string] {
  return [`${name}:plain`, `${name}:tagged`, `${name}:set`];
}

function tagOf(name: string): string {
  return `${name}:tag`;
}

function tagsOf(key: string): readonly string[] {
  const name = key.slice(0, key.lastIndexOf(':'));
  return key.endsWith(':set') ? [] : [tagOf(name)];
}

/** The machine's monotonic clock, which all processes share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
