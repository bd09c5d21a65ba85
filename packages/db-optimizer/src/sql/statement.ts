import type { Node } from '@pgsql/types';

export type StatementKind = 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'transaction' | 'other';

/** What is known of one statement from its text alone. */
export interface Statement {
  /** Tells groups of like statements apart: fingerprint and a hash of the normalised text. */
  readonly id: string;
  /** With `$n` for every constant, without comments. */
  readonly normalized: string;
  readonly kind: StatementKind;
  /**
   * Whether it is proven to change nothing: a SELECT without data-modifying WITH, locking clause, INTO, or a
   * function that is not known to be harmless.
   */
  readonly isReadOnly: boolean;
  /** The highest `$n` in it. */
  readonly parameters: number;
}

/** A statement with its tree, as PostgreSQL 18's own grammar reads it. */
export interface ParsedStatement extends Statement {
  readonly text: string;
  readonly tree: Node;
}
