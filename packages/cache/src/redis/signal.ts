import type { Invalidation } from '../tier/second-tier.ts';

/** What a signal says. */
export interface Signal {
  /** The server's epoch after it. */
  readonly epoch: number;
  /** The session that sent it. */
  readonly sender: string;
  readonly invalidations: readonly Invalidation[];
}

/**
 * The part of a signal's name that follows the epoch: who sends it, and what is invalid, as JSON, which any string
 * survives. The sender has to be told: what a script writes is signalled to its caller too, `NOLOOP` or not.
 *
 * @param sender without a colon
 */
export function writeSignal(sender: string, invalidations: readonly Invalidation[]): string {
  return `${sender}:${JSON.stringify(invalidations)}`;
}

/**
 * Reads the name of a signal; `undefined` for what is none: another version's, or somebody else's key.
 *
 * @param prefix what names of signals begin with
 */
export function readSignal(prefix: string, name: string): Signal | undefined {
  const [, epoch, sender, text = ''] = /^(\d+):([^:]+):(.*)$/s.exec(name.slice(prefix.length)) ?? [];
  if (!name.startsWith(prefix) || epoch === undefined || sender === undefined) return undefined;
  const invalidations = parse(text);
  return Array.isArray(invalidations) && invalidations.every(isInvalidation)
    ? { epoch: Number(epoch), sender, invalidations }
    : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const TEXTS_OF_KIND: Readonly<Record<Invalidation['kind'], readonly string[]>> = {
  key: ['key'],
  tag: ['tag'],
  prefix: ['prefix'],
  pattern: ['source', 'flags'],
  all: [],
};

function isInvalidation(value: unknown): value is Invalidation {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, soft } = value as { readonly kind?: unknown; readonly soft?: unknown };
  if (typeof kind !== 'string' || !Object.hasOwn(TEXTS_OF_KIND, kind)) return false;
  if (soft !== undefined && typeof soft !== 'boolean') return false;
  const texts = TEXTS_OF_KIND[kind as Invalidation['kind']];
  return texts.every((name) => typeof Reflect.get(value, name) === 'string');
}
