/** What waits for its turn. */
export interface Queued<T> {
  previous: T | undefined;
  next: T | undefined;
}

/** First come, first served; any may leave, in constant time. */
export class TicketQueue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first;
  }

  push(ticket: T): void {
    ticket.previous = this.#last;
    ticket.next = undefined;
    if (this.#last) this.#last.next = ticket;
    else this.#first = ticket;
    this.#last = ticket;
    this.#size += 1;
  }

  /** Puts one back that was first. */
  unshift(ticket: T): void {
    ticket.previous = undefined;
    ticket.next = this.#first;
    if (this.#first) this.#first.previous = ticket;
    else this.#last = ticket;
    this.#first = ticket;
    this.#size += 1;
  }

  /** The ticket must be in this queue. */
  remove(ticket: T): void {
    const { previous, next } = ticket;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    ticket.previous = undefined;
    ticket.next = undefined;
    this.#size -= 1;
  }
}
