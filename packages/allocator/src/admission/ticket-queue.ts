import type { Ticket } from './ticket.ts';

const INITIAL_CAPACITY = 16;

/** A queue that gives away at both ends, in a ring that doubles when it is full. */
export class TicketQueue {
  #slots: (Ticket | undefined)[] = new Array(INITIAL_CAPACITY).fill(undefined);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(ticket: Ticket): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = ticket;
    this.#length += 1;
  }

  oldest(): Ticket | undefined {
    return this.#slots[this.#head];
  }

  takeOldest(): Ticket | undefined {
    const ticket = this.#slots[this.#head];
    if (ticket === undefined) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    return ticket;
  }

  takeNewest(): Ticket | undefined {
    if (this.#length === 0) return undefined;
    this.#length -= 1;
    const at = (this.#head + this.#length) & (this.#slots.length - 1);
    const ticket = this.#slots[at];
    this.#slots[at] = undefined;
    return ticket;
  }

  #grow(): void {
    const { length } = this.#slots;
    const next: (Ticket | undefined)[] = new Array(2 * length).fill(undefined);
    for (let index = 0; index < length; index++)
      next[index] = this.#slots[(this.#head + index) & (length - 1)];
    this.#slots = next;
    this.#head = 0;
  }
}
