import type { ColumnRef } from '@pgsql/types';
import { namesOf } from './syntax.ts';
import type { Origin, TableReading } from './table-reading.ts';

/** A column that a relation gives. */
export interface Output {
  readonly name: string;
  /** Where its values come from, one for each branch of a union; empty where they are computed. */
  readonly origins: readonly Origin[];
  /** Marks what it is computed from as read. */
  use(): void;
}

/** Something in a FROM clause. */
export interface Relation {
  readonly alias: string;
  readonly schema: string | undefined;
  /** Undefined for what is not a table. */
  readonly table: TableReading | undefined;
  find(name: string): Output | undefined;
  all(): readonly Output[];
}

/** What a name stands for. */
export interface Resolved {
  readonly outputs: readonly Output[];
  readonly relation: Relation;
}

/** The relations that the names of one query level may mean. */
export class Scope {
  readonly parent: Scope | undefined;
  /** Whether the level is joined with the outer one rather than run for each of its rows, as that of an EXISTS. */
  readonly isJoined: boolean;
  readonly relations: Relation[] = [];
  /** The relations of outer levels that were named in this one. */
  readonly outer = new Set<Relation>();

  constructor(parent: Scope | undefined, isJoined = false) {
    this.parent = parent;
    this.isJoined = isJoined;
  }

  /** What a column's name means, here or in the nearest outer level that has it. */
  resolve(reference: ColumnRef): Resolved | undefined {
    const isWhole = reference.fields?.some((field) => 'A_Star' in field) ?? false;
    const names = namesOf(reference.fields);
    const column = isWhole ? undefined : names.at(-1);
    const [alias, schema] = (isWhole ? names : names.slice(0, -1)).reverse();
    const passed: Scope[] = [];
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) {
      const found = scope.#own(column, alias, schema);
      if (found) {
        for (const inner of passed) inner.outer.add(found.relation);
        return found;
      }
      passed.push(scope);
    }
    return undefined;
  }

  #own(
    column: string | undefined,
    alias: string | undefined,
    schema: string | undefined,
  ): Resolved | undefined {
    for (const relation of this.relations) {
      if (alias !== undefined && relation.alias !== alias) continue;
      if (schema !== undefined && relation.schema !== schema) continue;
      if (column === undefined) {
        if (alias !== undefined) return { relation, outputs: relation.all() };
        continue;
      }
      const output = relation.find(column);
      if (output) return { relation, outputs: [output] };
    }
    // `count(t)`, `row_to_json(t)`: the name of a relation means its row.
    if (alias !== undefined || column === undefined) return undefined;
    const row = this.relations.find((relation) => relation.alias === column);
    return row && { relation: row, outputs: row.all() };
  }
}

/** A table, its columns perhaps under other names. */
export function tableRelation(
  table: TableReading,
  { schema, names }: { schema: string | undefined; names: readonly string[] },
): Relation {
  const outputs = table.table.columns.map(
    ({ name }, index): Output => ({
      name: names[index] ?? name,
      origins: [{ table, term: { kind: 'column', sql: name, columns: [name] }, isBehindBarrier: false }],
      use: () => table.use(name),
    }),
  );
  return { ...relationOf(table.alias, outputs), schema, table };
}

/** What a subquery, a function or a list of values gives. */
export function relationOf(
  alias: string,
  outputs: readonly Output[],
  names: readonly string[] = [],
): Relation {
  const renamed = outputs.map((output, index) => ({ ...output, name: names[index] ?? output.name }));
  // The first of several of one name: PostgreSQL would refuse the name as ambiguous.
  const byName = new Map(renamed.toReversed().map((output) => [output.name, output]));
  return {
    alias,
    schema: undefined,
    table: undefined,
    find: (name) => byName.get(name),
    all: () => renamed,
  };
}
