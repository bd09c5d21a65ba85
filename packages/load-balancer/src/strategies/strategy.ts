/** Slots that are out of the question for a request: those it was tried on. A handful at most. */
export type Tried = readonly number[];

/**
 * Chooses servers. It reads the fleet it was created for, and is told of what changes there; whatever else it knows,
 * such as latencies, it keeps by slot. It knows no clock: times are in ms, from any start, and never go back.
 */
export interface Strategy {
  /**
   * Whether it may leave a server without traffic although the server may be chosen, as whoever compares servers
   * does; {@link Picker} then sees to it that each gets some.
   */
  readonly mayStarve: boolean;

  /** A server has come; its weight is 0 yet. */
  added(slot: number, nowMs: number): void;
  /** A server has gone; whatever was known of it is void. */
  removed(slot: number): void;
  /**
   * The server's weight is another. From 0 (full, ejected, new) to above or back it happens at any time and must be
   * cheap. `fresh` tells that the server has come back from an absence, or has come first: what was measured before
   * says nothing about it.
   */
  reweighted(slot: number, nowMs: number, fresh: boolean): void;

  /**
   * The slot for a request, with weight above 0 and not among `tried`; -1 where there is none.
   *
   * @param key what the request is about; `hash` sends equal keys to the same server
   */
  pick(nowMs: number, tried: Tried | undefined, key: string | undefined): number;

  /** A request begins on the server; `fleet.inFlight` has it already. */
  started(slot: number, nowMs: number): void;
  /** It is known how a request went, after so long; its server may still be busy with it. */
  observed(slot: number, nowMs: number, latencyMs: number, failed: boolean): void;
  /** The server is rid of a request; `fleet.inFlight` has it no more. After `observed` where both are called. */
  released(slot: number, nowMs: number): void;

  /**
   * Called, where `mayStarve`, for a server that as many picks have passed by as there are servers: what time alone has
   * changed can be mended. @defaultValue time alone changes nothing
   */
  refresh?(slot: number, nowMs: number): void;
  /** The server says how busy it is: 0 idle, 1 as busy as it should be. */
  reported?(slot: number, nowMs: number, load: number): void;
  /**
   * Whether the server is known to be much worse than the others: it need not get traffic for the sake of getting
   * some. @defaultValue none is
   */
  shuns?(slot: number, nowMs: number): boolean;
  /** The delay that is expected of a request to the server, in ms: for statistics. @defaultValue not known */
  expectedMs?(slot: number, nowMs: number): number;
}
