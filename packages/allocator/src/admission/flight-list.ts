import type { AdmissionStatistics } from './admission-statistics.ts';
import type { Ticket } from './ticket.ts';

type FlightStatistics = Pick<
  AdmissionStatistics,
  'inFlight' | 'hung' | 'completed' | 'serviceMs' | 'inFlightMs'
>;

/** Work in flight, in the order of its starts, and its integral over time, in which hung work has no part. */
export class FlightList {
  /** In flight and not hung. */
  active = 0;
  #hung = 0;
  #completed = 0;
  #serviceMs = 0;
  #integralMs = 0;
  #integratedAtMs = 0;
  /** Of those that are not hung. */
  #first: Ticket | undefined;
  #last: Ticket | undefined;

  begin(ticket: Ticket, nowMs: number): void {
    this.#integrate(nowMs);
    ticket.startedMs = nowMs;
    ticket.running = true;
    ticket.earlier = this.#last;
    if (this.#last) this.#last.later = ticket;
    else this.#first = ticket;
    this.#last = ticket;
    this.active += 1;
    ticket.concurrency = this.active;
    ticket.integralMs = this.#integralMs;
  }

  /** Gives the mean concurrency in its time. */
  end(ticket: Ticket, nowMs: number): number {
    this.#integrate(nowMs);
    const inFlightMs = nowMs - ticket.startedMs;
    const meanConcurrency =
      inFlightMs > 0 ? (this.#integralMs - ticket.integralMs) / inFlightMs : ticket.concurrency;
    ticket.running = false;
    this.#completed += 1;
    if (ticket.hung) {
      this.#hung -= 1;
    } else {
      this.#unlink(ticket);
      this.#serviceMs += inFlightMs;
    }
    return meanConcurrency;
  }

  /** Counts apart what has been in flight for longer than a time. */
  markHung(hungAfterMs: number, nowMs: number): void {
    for (let first = this.#first; first && nowMs - first.startedMs > hungAfterMs; first = this.#first) {
      this.#integrate(nowMs);
      this.#unlink(first);
      first.hung = true;
      this.#hung += 1;
      this.#serviceMs += nowMs - first.startedMs;
    }
  }

  statistics(nowMs: number): FlightStatistics {
    this.#integrate(nowMs);
    return {
      inFlight: this.active + this.#hung,
      hung: this.#hung,
      completed: this.#completed,
      serviceMs: this.#serviceMs,
      inFlightMs: this.#integralMs,
    };
  }

  #integrate(nowMs: number): void {
    this.#integralMs += this.active * (nowMs - this.#integratedAtMs);
    this.#integratedAtMs = nowMs;
  }

  #unlink(ticket: Ticket): void {
    this.active -= 1;
    if (ticket.earlier) ticket.earlier.later = ticket.later;
    else this.#first = ticket.later;
    if (ticket.later) ticket.later.earlier = ticket.earlier;
    else this.#last = ticket.earlier;
    ticket.earlier = undefined;
    ticket.later = undefined;
  }
}
