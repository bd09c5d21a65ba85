import type { Node } from '@pgsql/types';
import { loadModule, parseSync } from 'libpg-query';
import type { Catalogue, Column, ExistingIndex, Table } from '../../src/catalogue/catalogue.ts';
import { catalogueOf, column, existingIndex, statistics, table } from '../support/table.ts';

interface DescribedColumn {
  readonly type?: string;
  readonly notNull?: boolean;
  readonly distinct?: number;
  readonly nullFraction?: number;
  readonly width?: number;
  readonly correlation?: number;
  readonly common?: Readonly<Record<string, number>>;
}

export interface DescribedTable {
  readonly rows?: number;
  readonly pages?: number;
  /** Types alone, or more. */
  readonly columns: Readonly<Record<string, string | DescribedColumn>>;
  readonly indexes?: readonly Partial<ExistingIndex>[];
  readonly references?: readonly string[];
  readonly kind?: Table['kind'];
  readonly parent?: string;
}

/** A catalogue of tables in the schema `public`, without a database. */
export function describedCatalogue(
  tables: Readonly<Record<string, DescribedTable>>,
  extensions: readonly string[] = [],
): Catalogue {
  return catalogueOf(
    Object.entries(tables).map(([name, described], index) => tableOf(name, described, index)),
    { extensions },
  );
}

/** The tree of one statement. */
export async function treeOf(text: string): Promise<Node> {
  await loadModule();
  const [first] = (parseSync(text) as { stmts: { stmt: Node }[] }).stmts;
  if (!first) throw new Error(`no statement: ${text}`);
  return first.stmt;
}

function tableOf(name: string, described: DescribedTable, index: number): Table {
  const { rows = 100_000, pages = Math.ceil(rows / 50), columns, indexes = [], references = [] } = described;
  const { kind = 'table', parent } = described;
  return table(
    {
      oid: 16_384 + index,
      name,
      kind,
      parent: parent === undefined ? undefined : { schema: 'public', name: parent },
      rows,
      pages,
      bytes: pages * 8192,
      columns: Object.entries(columns).map(([each, about], at) =>
        columnOf(each, typeof about === 'string' ? { type: about } : about, at + 1),
      ),
      indexes: indexes.map((each, at) =>
        existingIndex([], { oid: 20_000 + at, table: name, name: `${name}_${at}`, ...each }),
      ),
      foreignKeys: references.map((each) => ({
        name: `${name}_${each}_fkey`,
        columns: [each],
        references: { schema: 'public', table: 'elsewhere', columns: ['id'] },
        onDelete: 'no action',
      })),
    },
    { lastAnalyze: undefined },
  );
}

function columnOf(name: string, described: DescribedColumn, number: number): Column {
  const { type = 'integer', notNull = false, width = 4, common = {}, ...statisticsOf } = described;
  return column(name, {
    number,
    type,
    typeLength: type === 'integer' ? 4 : -1,
    notNull,
    statistics: statistics({
      ...statisticsOf,
      averageWidth: width,
      common: Object.entries(common).map(([value, frequency]) => ({ value, frequency })),
    }),
  });
}
