import type { Node } from '@pgsql/types';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { findView, type View } from '../../catalogue/views.ts';
import { walk } from './syntax.ts';

/** The views that statements name, each with the tree of the query it stands for. */
export type ViewTrees = ReadonlyMap<View, Node>;

/**
 * Reads the views that a statement names, and those that these name; what the parser does not take stays unknown.
 *
 * @param known takes what is read, so that each view is read once for all statements
 */
export async function readViewTrees(
  tree: Node,
  catalogue: Catalogue,
  parser: { parse(text: string): Promise<{ readonly tree: Node }> },
  known: Map<View, Node>,
): Promise<void> {
  const named: View[] = [];
  walk(tree, (node) => {
    if ('RangeVar' in node) {
      const { relname = '', schemaname } = node.RangeVar;
      const view = findView(catalogue, relname, schemaname);
      if (view && !known.has(view)) named.push(view);
    }
    return true;
  });
  for (const view of named) {
    if (known.has(view)) continue;
    const own = await parser.parse(view.sql).catch(() => undefined);
    if (!own) continue;
    known.set(view, own.tree);
    await readViewTrees(own.tree, catalogue, parser, known);
  }
}
