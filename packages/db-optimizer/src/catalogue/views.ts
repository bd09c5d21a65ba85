import type { Catalogue } from './catalogue.ts';

export interface View {
  readonly schema: string;
  readonly name: string;
  /** The query it stands for, as `pg_get_viewdef` writes it. */
  readonly sql: string;
}

/** The view of that name, by the search path where no schema is given; undefined where a table goes before it. */
export function findView(catalogue: Catalogue, name: string, schema?: string): View | undefined {
  const { views = [], searchPath } = catalogue;
  for (const each of schema === undefined ? searchPath : [schema]) {
    if (catalogue.find(name, each)) return undefined;
    const view = views.find((other) => other.name === name && other.schema === each);
    if (view) return view;
  }
  return undefined;
}
