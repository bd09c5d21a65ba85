/** A server that was found. */
export interface DiscoveredServer {
  readonly host: string;
  /** @defaultValue 80, or 443 for https */
  readonly port?: number;
  /** @defaultValue `host:port` */
  readonly id?: string;
  /** @defaultValue 'http' */
  readonly protocol?: 'http' | 'https';
  /** @defaultValue 1 */
  readonly weight?: number;
}

/** What a look at a source found. */
export interface Found {
  readonly servers: readonly DiscoveredServer[];
  /** How long it stays true, in ms. @defaultValue until the next look */
  readonly validMs?: number;
}

/** Where servers are found. */
export interface DiscoverySource {
  /** For messages. */
  readonly name: string;
  /** Time between looks, in ms. @defaultValue looks are not repeated */
  readonly intervalMs?: number;
  /** Looks once. What it throws is a failure; `signal` fires when the answer is no longer wanted. */
  look(signal: AbortSignal): Promise<Found>;
  /** For sources that tell by themselves, each time all servers; ends with `signal`. @defaultValue the source is only looked at */
  follow?(signal: AbortSignal): AsyncIterable<readonly DiscoveredServer[]>;
}
