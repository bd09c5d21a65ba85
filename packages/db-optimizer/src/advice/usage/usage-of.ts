import type { Node } from '@pgsql/types';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { StatementReader } from './statement-reader.ts';
import type { StatementUsage } from './statement-usage.ts';

/**
 * What a statement asks of the tables of a database: the conditions on each, by constants and by each other's columns,
 * the orders that would save it a sort, and the columns it reads. Follows names through aliases, subqueries, WITH,
 * LATERAL, unions and joins of all kinds.
 *
 * @param tree of one statement, as the parser gives it
 */
export function usageOf(tree: Node, catalogue: Catalogue): StatementUsage {
  return new StatementReader(catalogue).read(tree);
}
