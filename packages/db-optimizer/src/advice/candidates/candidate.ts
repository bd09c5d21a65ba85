import type { IndexDefinition } from '../../catalogue/catalogue.ts';

/** An index that might help a query, before the planner was asked. */
export interface Candidate {
  readonly index: IndexDefinition;
  /** Why it was thought of, in plain words: `equality on a, then range on b`. */
  readonly reason: string;
}
