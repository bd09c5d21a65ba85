import type { Linked } from '@evenkeel/core';

/** A connection that is wanted, from the call to its end. */
export class Ticket<Client> implements Linked<Ticket<Client>> {
  state: 'waiting' | 'connecting' | 'refused' | 'held' | 'over' = 'waiting';
  previous: Ticket<Client> | undefined = undefined;
  next: Ticket<Client> | undefined = undefined;
  /** When it began, for the search; undefined while it doesn't count as in use, or any more. */
  epoch: number | undefined = undefined;
  beganMs = 0;
  readonly arrivedMs: number;
  readonly resolve: (client: Client) => void;
  readonly reject: (error: unknown) => void;

  constructor(arrivedMs: number, resolve: (client: Client) => void, reject: (error: unknown) => void) {
    this.arrivedMs = arrivedMs;
    this.resolve = resolve;
    this.reject = reject;
  }
}
