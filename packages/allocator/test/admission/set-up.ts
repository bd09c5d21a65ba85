import { VirtualClock } from '@evenkeel/core';
import { AdmissionController } from '../../src/admission/admission-controller.ts';
import type { AdmissionOptions } from '../../src/admission/admission-options.ts';
import { REQUEST_CLASSES, type RefusalReason, type RequestClass } from '../../src/admission/request-class.ts';
import { Ticket } from '../../src/admission/ticket.ts';

export interface TestTicketOptions {
  readonly class?: RequestClass;
  readonly deadlineMs?: number;
  /** Before it is offered. */
  readonly onCreate?: (ticket: TestTicket) => void;
  readonly onStart?: () => void;
  readonly onRefuse?: (() => void) | undefined;
}

/** Work that keeps what became of it. */
export class TestTicket extends Ticket {
  readonly name: string;
  readonly #options: TestTicketOptions;
  outcome: 'waiting' | 'started' | RefusalReason = 'waiting';
  gone = false;

  constructor(name: string, options: TestTicketOptions = {}) {
    super(REQUEST_CLASSES.indexOf(options.class ?? 'normal'), options.deadlineMs ?? Infinity);
    this.name = name;
    this.#options = options;
  }

  override start(): void {
    this.#settle('started');
    this.#options.onStart?.();
  }

  override refuse(reason: RefusalReason): void {
    this.#settle(reason);
    this.#options.onRefuse?.();
  }

  override isGone(): boolean {
    return this.gone;
  }

  #settle(outcome: 'started' | RefusalReason): void {
    if (this.outcome !== 'waiting') throw new Error(`${this.name} is ${this.outcome} and now ${outcome}`);
    if (this.gone) throw new Error(`${this.name} is gone and now ${outcome}`);
    this.outcome = outcome;
  }
}

/** Admission control in virtual time; a turn of the event loop is taken when the test says so. */
export function virtualAdmission(options: AdmissionOptions = {}) {
  const clock = new VirtualClock();
  const turns: (() => void)[] = [];
  const admission = new AdmissionController({ clock, nextTurn: (next) => turns.push(next), ...options });
  const started: TestTicket[] = [];
  let offered = 0;
  const rig = {
    clock,
    admission,
    /** Names in the order of the starts. */
    get order() {
      return started.map(({ name }) => name).join(' ');
    },
    started,
    offer: (name = `${offered}`, ticket: TestTicketOptions = {}) => {
      offered += 1;
      const made: TestTicket = new TestTicket(name, {
        ...ticket,
        onStart: () => {
          started.push(made);
          ticket.onStart?.();
        },
      });
      ticket.onCreate?.(made);
      admission.offer(made);
      return made;
    },
    /** How many callbacks wait for the next turn. */
    get turnsTaken() {
      return turns.length;
    },
    /** One turn of the event loop, so many ms later. */
    turn: (afterMs = 0) => {
      clock.advance(afterMs);
      for (const next of turns.splice(0)) next();
    },
    /** Turns until something is started, which then blocks the loop for so many ms; whether there was anything. */
    serve: (takesMs: number) => {
      const before = started.length;
      while (turns.length > 0 && started.length === before) rig.turn();
      if (started.length > before) clock.advance(takesMs);
      return started.length > before;
    },
    /** Turns until there is no call for another. What is started blocks the loop for so many ms. */
    turns: (takesMs = 0) => {
      while (turns.length > 0) rig.serve(takesMs);
    },
  };
  return rig;
}

/** Has a limit learnt: a bottleneck with 4 places of 20 ms, which gets twice of what it can do, and then nothing. */
export function learnLimit(rig: ReturnType<typeof virtualAdmission>): number {
  const { clock, admission } = rig;
  const inPool: TestTicket[] = [];
  let free = 4;
  const serve = () => {
    while (free > 0) {
      const ticket = inPool.shift();
      if (!ticket) return;
      free -= 1;
      clock.setTimeout(() => {
        free += 1;
        admission.finish(ticket);
        serve();
      }, 20);
    }
  };
  for (let at = 0; at < 1000; at++) {
    if (at % 5 < 2) {
      const ticket: TestTicket = new TestTicket(`lesson ${at}`, {
        onStart: () => {
          inPool.push(ticket);
          serve();
        },
      });
      admission.offer(ticket);
    }
    rig.turn(1);
    rig.turns();
  }
  for (let at = 0; at < 1000; at++) {
    rig.turn(1);
    rig.turns();
  }
  const { limit, inFlight, queued } = admission.statistics();
  if (limit === undefined || inFlight > 0 || queued > 0) throw new Error('no limit was learnt');
  return limit;
}
