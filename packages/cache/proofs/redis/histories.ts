import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '@evenkeel/core';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { check, type HistoryEvent, longestStaleness, type Violation } from './oracle.ts';
import { RedisServer } from './redis-server.ts';
import { SUBJECTS, type SubjectName } from './subject.ts';
import { TcpProxy } from './tcp-proxy.ts';
import type { HistoryOrder, Order, Question } from './worker.ts';

/* A history has two or three processes, by its seed. */
const PROCESSES = 3;

const BOUND_MS = 500;

/* Histories that run at the same time, on keys of their own, and share the faults of a round. */
const PER_ROUND = 50;

/* After the faults: for connections to come back, and for what was remembered to be made up for. */
const RECOVERY_MS = 8000;

const { values: flags } = parseArgs({
  options: {
    subject: { type: 'string', default: 'evenkeel' },
    histories: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '6' },
  },
});

/** One process of the fleet, seen from here. */
class Member {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #asked = 0;

  constructor(index: number, answer: (question: Question) => number | Promise<number>) {
    this.#child = fork(fileURLToPath(new URL('./worker.mjs', import.meta.url)), [String(index)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.stderr?.on('data', (text) => {
      if (process.env.HISTORIES_DEBUG) process.stderr.write(text);
    });
    this.#child.on('message', (message: { id: number; question?: Question; answer?: unknown }) => {
      if (message.question) {
        const { id } = message;
        void Promise.resolve(answer(message.question)).then((version) => this.#child.send({ id, version }));
      } else {
        this.#waiting.get(message.id)?.(message.answer);
        this.#waiting.delete(message.id);
      }
    });
    this.#child.on('exit', (code) => {
      if (code) throw new Error(`process ${index} ended with code ${code}`);
    });
  }

  order<Answer>(order: Order): Promise<Answer> {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      // What a process answers depends on the order alone.
      this.#waiting.set(id, (answer) => resolve(answer as Answer));
      this.#child.send({ id, order });
    });
  }

  end(): void {
    this.#child.disconnect();
  }
}

/** One holder at a time for each key. */
class Locks {
  readonly #waiting = new Map<string, (() => void)[]>();

  lock(key: string): Promise<number> {
    const waiting = this.#waiting.get(key);
    if (!waiting) {
      this.#waiting.set(key, []);
      return Promise.resolve(0);
    }
    return new Promise((resolve) => {
      waiting.push(() => resolve(0));
    });
  }

  unlock(key: string): number {
    const next = this.#waiting.get(key)?.shift();
    if (next) next();
    else this.#waiting.delete(key);
    return 0;
  }
}

interface Totals {
  histories: number;
  reads: number;
  invalidations: number;
  acknowledged: number;
  faults: number;
  hung: number;
  slackMs: number;
  longestStaleMs: number;
  /** What reads that loaded took besides their load. */
  readonly extraMs: number[];
  readonly violations: Violation[];
  readonly failed: Set<string>;
}

async function main(): Promise<void> {
  const subject = SUBJECTS.find((name) => name === flags.subject);
  if (!subject) throw new Error(`--subject must be one of ${SUBJECTS.join(', ')}`);
  const histories = Number(flags.histories);
  const seed = Number(flags.seed);
  const durationMs = Number(flags.seconds) * 1000;
  const startMs = performance.now();
  const server = await RedisServer.start();
  const source = new Map<string, number>();
  const locks = new Locks();
  const answer = ({ kind, key }: Question): number | Promise<number> => {
    if (kind === 'lock') return locks.lock(key);
    if (kind === 'unlock') return locks.unlock(key);
    const version = (source.get(key) ?? 1) + (kind === 'advance' ? 1 : 0);
    source.set(key, version);
    return version;
  };
  const proxies = await Promise.all(Array.from({ length: PROCESSES }, () => TcpProxy.start(server.port)));
  const fleet = proxies.map((_, index) => new Member(index, answer));
  const totals: Totals = {
    histories: 0,
    reads: 0,
    invalidations: 0,
    acknowledged: 0,
    faults: 0,
    hung: 0,
    slackMs: 0,
    longestStaleMs: 0,
    extraMs: [],
    violations: [],
    failed: new Set(),
  };
  try {
    await Promise.all(
      fleet.map((member, index) =>
        member.order({ kind: 'join', subject, port: proxies[index]?.port ?? 0, boundMs: BOUND_MS }),
      ),
    );
    for (let round = 0; totals.histories < histories; round++) {
      const count = Math.min(PER_ROUND, histories - totals.histories);
      await runRound(seed * 100_000 + round, count, durationMs, { fleet, proxies, server, source, totals });
    }
  } finally {
    for (const proxy of proxies) proxy.set({ kind: 'none' });
    server.thaw();
    await Promise.all(fleet.map((member) => member.order({ kind: 'leave' })));
    for (const member of fleet) member.end();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await server.stop();
  }
  report(subject, totals, (performance.now() - startMs) / 1000);
  process.exitCode = totals.violations.length > 0 ? 1 : 0;
}

interface World {
  readonly fleet: readonly Member[];
  readonly proxies: readonly TcpProxy[];
  readonly server: RedisServer;
  readonly source: ReadonlyMap<string, number>;
  readonly totals: Totals;
}

/** Some histories at the same time, each on its own keys, under the faults of one seed. */
async function runRound(seed: number, count: number, durationMs: number, world: World): Promise<void> {
  const { fleet, source, totals } = world;
  const random = seededRandom(seed);
  const orders: HistoryOrder[][] = fleet.map(() => []);
  const names = Array.from({ length: count }, (_, index) => `h${seed}-${index}`);
  for (const name of names) {
    const size = random() < 0.5 ? 2 : 3;
    const first = Math.floor(random() * PROCESSES);
    for (let part = 0; part < size; part++) {
      const historySeed = Math.floor(random() * 2 ** 32);
      orders[(first + part) % PROCESSES]?.push({ name, seed: historySeed, sets: part === 0 });
    }
  }
  const plan = planFaults(seed, PROCESSES, durationMs);
  totals.faults += plan.filter(({ what }) => !isHealing(what)).length;
  const [answers] = await Promise.all([
    Promise.all(
      fleet.map((member, index) =>
        member.order<{ events: HistoryEvent[]; hung: number; slackMs: number }>({
          kind: 'run',
          histories: orders[index] ?? [],
          durationMs,
        }),
      ),
    ),
    carryOut(plan, world),
  ]);
  await recover(world);
  const keys = names.flatMap((name) => ['plain', 'tagged', 'set'].map((kind) => `${name}:${kind}`));
  const finals = await Promise.all(
    fleet.map((member) => member.order<HistoryEvent[]>({ kind: 'final', keys })),
  );
  const slackMs = Math.max(...answers.map((each) => each.slackMs));
  totals.slackMs = Math.max(totals.slackMs, slackMs);
  totals.hung += answers.reduce((sum, each) => sum + each.hung, 0);
  totals.histories += count;
  judge([...answers.flatMap((each) => each.events), ...finals.flat()], source, BOUND_MS + slackMs, totals);
}

function judge(
  events: readonly HistoryEvent[],
  source: ReadonlyMap<string, number>,
  boundMs: number,
  totals: Totals,
): void {
  const byKey = new Map<string, HistoryEvent[]>();
  for (const event of events) {
    const ofKey = byKey.get(event.key);
    if (ofKey) ofKey.push(event);
    else byKey.set(event.key, [event]);
    if (event.kind === 'read') {
      totals.reads += 1;
      if (event.loadMs !== undefined) totals.extraMs.push(event.endMs - event.startMs - event.loadMs);
    }
    if (event.kind !== 'invalidation') continue;
    totals.invalidations += 1;
    if (event.acknowledged) totals.acknowledged += 1;
  }
  for (const [key, ofKey] of byKey) {
    totals.longestStaleMs = Math.max(totals.longestStaleMs, longestStaleness(ofKey));
    for (const violation of check(ofKey, source.get(key) ?? 1, boundMs)) {
      totals.violations.push(violation);
      totals.failed.add(key.slice(0, key.lastIndexOf(':')));
    }
  }
}

async function carryOut(plan: readonly PlannedFault[], { proxies, server }: World): Promise<void> {
  const startMs = performance.now();
  for (const { atMs, what } of plan) {
    await pause(startMs + atMs - performance.now());
    if (what.kind === 'link') proxies[what.process]?.set(what.fault);
    else if (what.kind === 'kill') proxies[what.process]?.kill();
    else if (what.change === 'freeze') server.freeze();
    else if (what.change === 'thaw') server.thaw();
    else await server.restart();
  }
}

/** Heals everything, and waits until all say that they are up, and what they had to tell has been told. */
async function recover({ fleet, proxies, server }: World): Promise<void> {
  server.thaw();
  for (const proxy of proxies) proxy.set({ kind: 'none' });
  const endMs = performance.now() + RECOVERY_MS;
  for (;;) {
    const up = await Promise.all(fleet.map((member) => member.order<boolean>({ kind: 'is-up' })));
    if (up.every(Boolean)) break;
    if (performance.now() > endMs) throw new Error('not all processes came back');
    await pause(50);
  }
  await pause(BOUND_MS);
}

function isHealing(what: PlannedFault['what']): boolean {
  return what.kind === 'link' ? what.fault.kind === 'none' : what.kind === 'server' && what.change === 'thaw';
}

function report(subject: SubjectName, totals: Totals, seconds: number): void {
  const { violations } = totals;
  console.log(`subject                          ${subject}`);
  console.log(
    `histories                        ${totals.histories}, of 2 or 3 processes, seed ${flags.seed}`,
  );
  console.log(`faults                           ${totals.faults}`);
  console.log(`reads                            ${totals.reads}`);
  console.log(
    `invalidations                    ${totals.invalidations}, acknowledged ${totals.acknowledged}`,
  );
  console.log(`operations that hung             ${totals.hung}`);
  console.log(
    `bound                            ${BOUND_MS} ms, and at most ${ms(totals.slackMs)} of scheduling`,
  );
  console.log(`longest staleness                ${ms(totals.longestStaleMs)} after the acknowledgement`);
  console.log(`reads beyond their load          ${percentiles(totals.extraMs)}`);
  console.log(`time                             ${seconds.toFixed(0)} s`);
  for (const rule of new Set(violations.map((violation) => violation.rule))) {
    const ofRule = violations.filter((violation) => violation.rule === rule);
    console.log(`${rule.padEnd(32)} ${ofRule.length} reads`);
    for (const { key, process, version, expected, ageMs } of ofRule.slice(0, 3)) {
      console.log(`    ${key} in process ${process}: ${version}, not ${expected}, after ${ms(ageMs)}`);
    }
  }
  console.log(`histories with a violation       ${totals.failed.size}`);
}

function percentiles(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): string => ms(sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
  return `median ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, most ${at(1)}`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function pause(waitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
}

await main();
