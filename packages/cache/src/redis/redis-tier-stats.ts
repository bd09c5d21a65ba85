/** What has happened since the start. */
export interface RedisTierStats {
  /** Whether entries are read and written now. */
  readonly up: boolean;
  /** How long it was not, in ms. */
  readonly awayMs: number;
  readonly breaker: 'closed' | 'open' | 'trial';
  /** Reads, writes and invalidations that were tried. */
  readonly operations: number;
  /** Those that failed: for want of time, and for all other reasons. */
  readonly timeouts: number;
  readonly failures: number;
  /** Connections that were made, the first among them. */
  readonly connections: number;
  readonly invalidationsSent: number;
  readonly invalidationsReceived: number;
  /** Invalidations that were made after Redis had been away, and those that wait for that. */
  readonly invalidationsReplayed: number;
  readonly invalidationsPending: number;
  /** Times that the first tier was dropped because messages may have been missed. */
  readonly resets: number;
  /** Writes refused because something was invalidated after what they hold was loaded. */
  readonly fenced: number;
  /** Writes refused for their size. */
  readonly oversize: number;
}
