import type { ServerOptions } from '../../servers/server.ts';

/** Whose servers are kept up to date: a `LoadBalancer`. */
export interface ServerRegistry {
  addServer(id: string, options: ServerOptions): void;
  updateServer(id: string, changes: ServerOptions): void;
  removeServer(id: string): Promise<void>;
}

/** A server that was found, read. */
export interface FoundServer {
  readonly host: string;
  readonly port: number | undefined;
  readonly id: string | undefined;
  readonly protocol: 'http' | 'https' | undefined;
  readonly weight: number | undefined;
}

type Address = Required<Pick<ServerOptions, 'host' | 'port' | 'protocol' | 'weight'>>;

/**
 * Makes a registry have what was found: adds, updates, removes. Servers that it has not added itself are left alone.
 */
export class Membership {
  readonly #registry: ServerRegistry;
  readonly #common: ServerOptions;
  readonly #onError: (error: unknown) => void;
  #wanted = new Map<string, Address>();
  readonly #present = new Map<string, Address>();
  /** Those that still finish what they have: one that comes back meanwhile is added when it is gone. */
  readonly #leaving = new Set<string>();
  #isStopped = false;

  constructor(registry: ServerRegistry, common: ServerOptions, onError: (error: unknown) => void) {
    this.#registry = registry;
    this.#common = common;
    this.#onError = onError;
  }

  /** Ids of the servers that it has added. */
  get ids(): string[] {
    return [...this.#present.keys()];
  }

  apply(found: readonly FoundServer[]): void {
    this.#wanted = new Map(found.map((server) => [idOf(server), addressOf(server)]));
    for (const [id, address] of this.#wanted) this.#attempt(() => this.#put(id, address));
    for (const id of this.#present.keys()) if (!this.#wanted.has(id)) this.#remove(id);
  }

  /** Nothing is added or removed any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #put(id: string, address: Address): void {
    const present = this.#present.get(id);
    if (!present) {
      if (this.#leaving.has(id)) return;
      this.#registry.addServer(id, { ...this.#common, ...address });
    } else if (isSame(present, address)) {
      return;
    } else {
      this.#registry.updateServer(id, address);
    }
    this.#present.set(id, address);
  }

  #remove(id: string): void {
    this.#present.delete(id);
    this.#leaving.add(id);
    this.#attempt(async () => {
      try {
        await this.#registry.removeServer(id);
      } finally {
        this.#leaving.delete(id);
        const wanted = this.#wanted.get(id);
        if (wanted && !this.#isStopped) this.#put(id, wanted);
      }
    });
  }

  #attempt(change: () => void | Promise<void>): void {
    try {
      change()?.catch(this.#onError);
    } catch (error) {
      this.#onError(error);
    }
  }
}

function addressOf({
  host,
  protocol = 'http',
  port = protocol === 'https' ? 443 : 80,
  weight = 1,
}: FoundServer): Address {
  return { host, port, protocol, weight };
}

function idOf(server: FoundServer): string {
  const { host, port } = addressOf(server);
  return server.id ?? (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
}

function isSame(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port && a.protocol === b.protocol && a.weight === b.weight;
}
