import type { Node } from '@pgsql/types';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { StatementReader } from './statement-reader.ts';
import type { StatementUsage } from './statement-usage.ts';
import type { ViewTrees } from './view-trees.ts';

/**
 * What a statement asks of the tables of a database: the conditions on each, by constants and by each other's columns,
 * the orders that would save it a sort, and the columns it reads. Follows names through aliases, subqueries, WITH,
 * LATERAL, unions, views and joins of all kinds.
 *
 * @param tree of one statement, as the parser gives it
 * @param views that it names, as {@link readViewTrees} reads them @defaultValue none: their names are unknown
 */
export function usageOf(tree: Node, catalogue: Catalogue, views?: ViewTrees): StatementUsage {
  return new StatementReader(catalogue, views).read(tree);
}
