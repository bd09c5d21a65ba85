import type { Ailment, Spell } from './server-model.ts';
import type { Scenario, Subject } from './simulation.ts';

export const FAULTS = ['none', 'slow', 'failing', 'hanging', 'noisy', 'cold'] as const;
export type Fault = (typeof FAULTS)[number];

/** A run to play, and what it is called in tables. */
export interface Task {
  readonly subject: Subject;
  readonly servers: number;
  readonly clients: number;
  readonly load: number;
  readonly fault: Fault;
  readonly seed: number;
}

/* What a fleet of ten, of the three speeds, is good for per ms, ten times over. */
const CAPACITY_PER_SERVER_MS = 0.413;

/* A client needs a failure to learn of a failing server; there are 3000 requests a client, so that those are few. */
const LEAST_REQUESTS = 300_000;
const REQUESTS_PER_CLIENT = 3000;
const LEAST_MS = 20_000;

/** Errors of healthy servers, as a part of their answers, where the fault is `noisy`. */
export const NOISE = 0.01;

const AILMENTS: Partial<Record<Fault, Ailment>> = {
  slow: { kind: 'slow', factor: 8 },
  failing: { kind: 'failing' },
  hanging: { kind: 'hanging' },
};

/**
 * One server is eight times slower in the middle third, or fails at once or hangs in the second half; or a server comes
 * half-way, cold; or one answer in a hundred, of whatever server, is an error.
 */
export function scenarioOf(cell: Omit<Task, 'subject' | 'seed'>, durationMs = lengthOf(cell)): Scenario {
  const { servers, clients, load, fault } = cell;
  const ailment = AILMENTS[fault];
  const spells: Spell[] = [];
  if (ailment?.kind === 'slow') {
    spells.push({ server: 0, ailment, fromMs: durationMs / 3, toMs: (2 * durationMs) / 3 });
  } else if (ailment) {
    spells.push({ server: 1, ailment, fromMs: durationMs / 2, toMs: durationMs });
  }
  return {
    servers,
    clients,
    load,
    durationMs,
    spells,
    errorRate: fault === 'noisy' ? NOISE : 0,
    ...(fault === 'cold' && { newcomer: { atMs: durationMs / 2, coldForMs: 2000 } }),
  };
}

function lengthOf({ servers, clients, load }: Omit<Task, 'subject' | 'seed'>): number {
  const requests = Math.max(LEAST_REQUESTS, clients * REQUESTS_PER_CLIENT);
  return Math.max(LEAST_MS, requests / (servers * CAPACITY_PER_SERVER_MS * load));
}
