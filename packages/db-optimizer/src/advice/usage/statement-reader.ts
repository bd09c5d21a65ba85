import type {
  DeleteStmt,
  InsertStmt,
  JoinExpr,
  MergeStmt,
  Node,
  RangeVar,
  SelectStmt,
  SortBy,
  SubLink,
  UpdateStmt,
  WindowDef,
  WithClause,
} from '@pgsql/types';
import type { Catalogue, Table } from '../../catalogue/catalogue.ts';
import { findView } from '../../catalogue/views.ts';
import { contains, extremeOf, isAggregated } from './aggregates.ts';
import { type ConditionContext, type Fact, factsOf } from './conditions.ts';
import { EqualTerms } from './equal-terms.ts';
import { ascending, Orders, type OrderTerm } from './orders.ts';
import { behindBarrier, computed, firstOutput, nameOf, resultOf, sharedNames } from './outputs.ts';
import { type Output, type Relation, relationOf, Scope, tableRelation } from './scope.ts';
import type { StatementUsage, TableWrite } from './statement-usage.ts';
import { lastName, namesOf, walk } from './syntax.ts';
import { TableReading } from './table-reading.ts';
import { originsOf } from './terms.ts';
import type { ViewTrees } from './view-trees.ts';

/** A WITH query, read when it is defined. */
interface NamedQuery {
  readonly outputs: readonly Output[];
  references: number;
}

/** What is visible where a query stands. */
interface Surroundings {
  readonly outer: Scope | undefined;
  readonly named: ReadonlyMap<string, NamedQuery>;
}

/** What a query gives, and on which level its names were read. */
interface Query {
  readonly scope: Scope;
  readonly outputs: readonly Output[];
}

/* Views that name views, twice each, are as many as there are leaves of a tree; and a broken one may name itself. */
const MAX_VIEWS_READ = 200;

/** Reads one statement. Used once. */
export class StatementReader {
  readonly #catalogue: Catalogue;
  readonly #views: ViewTrees;
  readonly #tables: TableReading[] = [];
  readonly #writes: TableWrite[] = [];
  readonly #unknown = new Set<string>();
  readonly #equal = new EqualTerms();
  readonly #orders = new Orders(this.#equal);
  readonly #subqueries = new Map<SubLink, Query>();
  readonly #named: NamedQuery[] = [];
  #viewsRead = 0;

  constructor(catalogue: Catalogue, views: ViewTrees = new Map()) {
    this.#catalogue = catalogue;
    this.#views = views;
  }

  read(tree: Node): StatementUsage {
    const query = this.#statement(tree, { outer: undefined, named: new Map() });
    for (const output of query?.outputs ?? []) output.use();
    // A WITH query that is named more than once is run by itself, with all its columns.
    for (const { outputs, references } of this.#named)
      if (references > 1) for (const output of outputs) output.use();
    this.#equal.spread();
    this.#orders.spread();
    return {
      tables: this.#tables.map((table) => table.usage()),
      writes: this.#writes,
      unknown: [...this.#unknown],
    };
  }

  #statement(node: Node | undefined, surroundings: Surroundings): Query | undefined {
    if (node === undefined) return undefined;
    if ('SelectStmt' in node) return this.#select(node.SelectStmt, surroundings);
    if ('InsertStmt' in node) return this.#insert(node.InsertStmt, surroundings);
    if ('UpdateStmt' in node) return this.#update(node.UpdateStmt, surroundings);
    if ('DeleteStmt' in node) return this.#delete(node.DeleteStmt, surroundings);
    if ('MergeStmt' in node) return this.#merge(node.MergeStmt, surroundings);
    if ('ExplainStmt' in node) return this.#statement(node.ExplainStmt.query, surroundings);
    if ('PrepareStmt' in node) return this.#statement(node.PrepareStmt.query, surroundings);
    if ('DeclareCursorStmt' in node) return this.#statement(node.DeclareCursorStmt.query, surroundings);
    if ('CreateTableAsStmt' in node) return this.#statement(node.CreateTableAsStmt.query, surroundings);
    if ('CopyStmt' in node) return this.#statement(node.CopyStmt.query, surroundings);
    return undefined;
  }

  #select(select: SelectStmt, surroundings: Surroundings, isJoined = false): Query {
    const around = this.#with(select.withClause, surroundings);
    if (select.larg && select.rarg) return this.#union(select, select.larg, select.rarg, around);
    const scope = new Scope(around.outer, isJoined);
    if (select.valuesLists) {
      this.#readExpression(select.valuesLists, scope, around);
      const [first] = select.valuesLists;
      const width = first && 'List' in first ? (first.List.items?.length ?? 0) : 0;
      const outputs = Array.from({ length: width }, (_, index) => computed(`column${index + 1}`));
      return { scope, outputs };
    }
    for (const item of select.fromClause ?? []) this.#from(item, scope, around);
    this.#where(select.whereClause, scope, around);
    this.#where(select.havingClause, scope, around);
    const targets = select.targetList ?? [];
    const outputs = this.#targets(targets, scope, around);
    const isGrouped = select.groupClause !== undefined || targets.some(isAggregated);
    this.#order(select, { scope, outputs }, around, isGrouped);
    if (select.distinctClause) for (const output of outputs) output.use();
    if (select.lockingClause) for (const { table } of scope.relations) table?.useRow();
    this.#readExpression([select.limitCount, select.limitOffset], scope, around);
    const isBarrier =
      isGrouped ||
      select.distinctClause !== undefined ||
      select.limitCount !== undefined ||
      targets.some((target) =>
        contains(target, (node) => 'FuncCall' in node && node.FuncCall.over !== undefined),
      );
    return { scope, outputs: isBarrier ? outputs.map(behindBarrier) : outputs };
  }

  #union(select: SelectStmt, larg: SelectStmt, rarg: SelectStmt, around: Surroundings): Query {
    const left = this.#select(larg, around);
    const right = this.#select(rarg, around);
    for (const { scope } of [left, right])
      for (const relation of scope.outer) around.outer?.outer.add(relation);
    const scope = new Scope(around.outer);
    for (const relation of [...left.scope.outer, ...right.scope.outer]) scope.outer.add(relation);
    const outputs = left.outputs.map((output, index): Output => {
      const other = right.outputs[index];
      return {
        name: output.name,
        origins: [...output.origins, ...(other?.origins ?? [])],
        use: () => {
          output.use();
          other?.use();
        },
      };
    });
    if (!select.all) for (const output of outputs) output.use();
    const query = { scope, outputs: select.all ? outputs : outputs.map(behindBarrier) };
    const terms = (select.sortClause ?? []).map((sort) => this.#sortTerm(sort, query, around));
    this.#orders.add('order by', terms, { isLimited: select.limitCount !== undefined });
    return query;
  }

  /** The orders that the clauses after WHERE ask for. */
  #order(select: SelectStmt, query: Query, around: Surroundings, isGrouped: boolean): void {
    const { scope, outputs } = query;
    const { targetList = [], groupClause = [], distinctClause, windowClause = [], sortClause = [] } = select;
    const isLimited = select.limitCount !== undefined && !isGrouped && distinctClause === undefined;
    const term = (node: Node): OrderTerm => this.#groupTerm(node, query, around);
    this.#orders.add('group by', groupClause.map(term), { inAnyOrder: true });
    if (distinctClause) {
      // DISTINCT alone is a list of one empty node; DISTINCT ON names its terms.
      const on = distinctClause.filter((node) => Object.keys(node).length > 0);
      const terms = on.length > 0 ? on.map(term) : outputs.map(({ origins }) => ascending(origins));
      this.#orders.add('distinct', terms, { inAnyOrder: true });
    }
    const windows: WindowDef[] = windowClause.flatMap((node) => ('WindowDef' in node ? node.WindowDef : []));
    walk(targetList, (node) => {
      if ('FuncCall' in node && node.FuncCall.over) windows.push(node.FuncCall.over);
      return !('SubLink' in node);
    });
    for (const { partitionClause = [], orderClause = [] } of windows) {
      this.#readExpression([partitionClause, orderClause], scope, around);
      const terms = [
        ...partitionClause.map((node) => ascending(originsOf(node, scope))),
        ...orderClause.map((node) => this.#sortTerm(node, { scope, outputs: [] }, around)),
      ];
      this.#orders.add('window', terms);
    }
    if (!select.groupClause)
      for (const target of targetList) {
        const extreme = extremeOf(target);
        if (!extreme) continue;
        const descending = extreme.purpose === 'maximum';
        const origins = originsOf(extreme.of, scope);
        this.#orders.add(extreme.purpose, [{ origins, descending, nullsFirst: false }], { isLimited: true });
      }
    const sorted = sortClause.map((node) => this.#sortTerm(node, query, around));
    this.#orders.add('order by', sorted, { isLimited });
  }

  #sortTerm(node: Node, query: Query, around: Surroundings): OrderTerm {
    const sort: SortBy = 'SortBy' in node ? node.SortBy : { node };
    const descending = sort.sortby_dir === 'SORTBY_DESC';
    const nullsFirst =
      sort.sortby_nulls === 'SORTBY_NULLS_FIRST' || (descending && sort.sortby_nulls !== 'SORTBY_NULLS_LAST');
    // ORDER BY prefers a result's name to a column's.
    const output = resultOf(sort.node, query.outputs);
    if (output) {
      output.use();
      return { origins: output.origins, descending, nullsFirst };
    }
    this.#readExpression(sort.node, query.scope, around);
    return { origins: originsOf(sort.node, query.scope), descending, nullsFirst };
  }

  #groupTerm(node: Node, { scope, outputs }: Query, around: Surroundings): OrderTerm {
    // GROUP BY prefers a column's name to a result's.
    this.#readExpression(node, scope, around);
    const origins = originsOf(node, scope);
    if (origins.length > 0) return ascending(origins);
    const output = resultOf(node, outputs);
    output?.use();
    return ascending(output?.origins ?? []);
  }

  #targets(targets: readonly Node[], scope: Scope, around: Surroundings): Output[] {
    return targets.flatMap((target): readonly Output[] => {
      if (!('ResTarget' in target)) return [];
      const { name, val } = target.ResTarget;
      if (val && 'ColumnRef' in val && val.ColumnRef.fields?.some((field) => 'A_Star' in field)) {
        if (val.ColumnRef.fields.length === 1) return scope.relations.flatMap((relation) => relation.all());
        return scope.resolve(val.ColumnRef)?.outputs ?? [];
      }
      let isUsed = false;
      const use = (): void => {
        if (isUsed) return;
        isUsed = true;
        this.#readExpression(val, scope, around);
      };
      return [{ name: name ?? nameOf(val), origins: originsOf(val, scope), use }];
    });
  }

  #with(clause: WithClause | undefined, surroundings: Surroundings): Surroundings {
    if (!clause) return surroundings;
    const known = new Map(surroundings.named);
    const around = { ...surroundings, named: known };
    for (const node of clause.ctes ?? []) {
      if (!('CommonTableExpr' in node)) continue;
      const { ctename = '', ctequery, aliascolnames, ctematerialized } = node.CommonTableExpr;
      if (clause.recursive) this.#recursive(ctename, ctequery, namesOf(aliascolnames), known, around);
      const outputs = this.#statement(ctequery, around)?.outputs ?? [];
      const named = relationOf(ctename, outputs, namesOf(aliascolnames)).all();
      const query = { outputs: named, references: ctematerialized === 'CTEMaterializeAlways' ? 2 : 0 };
      this.#named.push(query);
      known.set(ctename, query);
    }
    return around;
  }

  /** While a recursive query is read, its own name stands for computed rows. */
  #recursive(
    name: string,
    query: Node | undefined,
    names: readonly string[],
    named: Map<string, NamedQuery>,
    around: Surroundings,
  ): void {
    if (!query || !('SelectStmt' in query)) return;
    const { larg } = query.SelectStmt;
    if (!larg) return;
    const quiet = new StatementReader(this.#catalogue, this.#views);
    const first = quiet.#select(larg, { outer: undefined, named: around.named });
    const outputs = first.outputs.map((output, index) => computed(names[index] ?? output.name));
    named.set(name, { outputs, references: 2 });
  }

  #from(item: Node, scope: Scope, around: Surroundings): void {
    if ('RangeVar' in item) scope.relations.push(this.#relation(item.RangeVar, around));
    else if ('JoinExpr' in item) this.#join(item.JoinExpr, scope, around);
    else if ('RangeSubselect' in item) {
      const { subquery, alias, lateral } = item.RangeSubselect;
      const outer = lateral ? scope : around.outer;
      const query = this.#statement(subquery, { ...around, outer });
      scope.relations.push(
        relationOf(alias?.aliasname ?? '', query?.outputs ?? [], namesOf(alias?.colnames)),
      );
    } else if ('RangeFunction' in item) {
      const { functions, alias } = item.RangeFunction;
      this.#readExpression(functions, scope, around);
      const name = alias?.aliasname ?? '';
      const columns = namesOf(alias?.colnames);
      scope.relations.push(relationOf(name, (columns.length > 0 ? columns : [name]).map(computed)));
    } else if ('RangeTableSample' in item) {
      if (item.RangeTableSample.relation) this.#from(item.RangeTableSample.relation, scope, around);
    } else this.#readExpression(item, scope, around);
  }

  #relation(range: RangeVar, around: Surroundings): Relation {
    const { relname = '', schemaname, alias } = range;
    const name = alias?.aliasname ?? relname;
    const names = namesOf(alias?.colnames);
    const named = schemaname === undefined ? around.named.get(relname) : undefined;
    if (named) {
      named.references++;
      return relationOf(name, named.outputs, names);
    }
    const view = findView(this.#catalogue, relname, schemaname);
    const tree = view && this.#views.get(view);
    if (tree && this.#viewsRead < MAX_VIEWS_READ) {
      this.#viewsRead++;
      const outputs = this.#statement(tree, { outer: undefined, named: new Map() })?.outputs ?? [];
      return { ...relationOf(name, outputs, names), schema: schemaname };
    }
    const table = this.#table(range);
    if (!table) return relationOf(name, []);
    return tableRelation(this.#place(table, name), { schema: schemaname, names });
  }

  #table({ relname = '', schemaname }: RangeVar): Table | undefined {
    const table = this.#catalogue.find(relname, schemaname);
    if (!table && !isOfSystem(schemaname ?? relname))
      this.#unknown.add(schemaname === undefined ? relname : `${schemaname}.${relname}`);
    return table;
  }

  #place(table: Table, alias: string): TableReading {
    const reading = new TableReading(this.#tables.length, table, alias);
    this.#tables.push(reading);
    return reading;
  }

  #join(join: JoinExpr, scope: Scope, around: Surroundings): void {
    const before = scope.relations.length;
    if (join.larg) this.#from(join.larg, scope, around);
    const middle = scope.relations.length;
    if (join.rarg) this.#from(join.rarg, scope, around);
    const left = scope.relations.slice(before, middle);
    const right = scope.relations.slice(middle);
    const shared = join.isNatural ? sharedNames(left, right) : namesOf(join.usingClause);
    for (const name of shared) {
      const one = firstOutput(left, name);
      const other = firstOutput(right, name);
      one?.use();
      other?.use();
      for (const origin of one?.origins ?? [])
        for (const twin of other?.origins ?? []) this.#apply([{ kind: 'equal', left: origin, right: twin }]);
    }
    this.#where(join.quals, scope, around);
    if (join.alias) {
      const outputs = scope.relations.slice(before).flatMap((relation) => relation.all());
      scope.relations.splice(before);
      scope.relations.push(relationOf(join.alias.aliasname ?? '', outputs, namesOf(join.alias.colnames)));
    }
  }

  #where(condition: Node | undefined, scope: Scope, around: Surroundings): void {
    if (condition) this.#apply(factsOf(condition, this.#context(scope, around)));
  }

  #context(scope: Scope, around: Surroundings): ConditionContext {
    return {
      scope,
      read: (node) => this.#readExpression(node, scope, around),
      subquery: ({ SubLink }) => this.#subqueryFacts(SubLink, scope, around),
    };
  }

  #apply(facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (fact.kind === 'equal') this.#equal.equate(fact.left, fact.right);
      else if (fact.kind === 'join')
        for (const other of fact.with) fact.origin.table.join(fact.how, fact.origin.term, other);
      else if (fact.kind === 'alternatives')
        fact.table.alternatives.push(fact.branches.map((branch) => [...branch]));
      else {
        fact.table.restrict(fact.condition);
        if (fact.origin && fact.condition.kind === 'equality') this.#equal.fix(fact.origin, fact.condition);
      }
    }
  }

  /** Marks all columns of an expression as read; gives the relations it depends on. */
  #readExpression(expression: unknown, scope: Scope, around: Surroundings): ReadonlySet<Relation> {
    const relations = new Set<Relation>();
    walk(expression, (node) => {
      if ('ColumnRef' in node) {
        const resolved = scope.resolve(node.ColumnRef);
        if (resolved) relations.add(resolved.relation);
        for (const output of resolved?.outputs ?? []) output.use();
        return false;
      }
      if (!('SubLink' in node)) return true;
      for (const relation of this.#readExpression(node.SubLink.testexpr, scope, around))
        relations.add(relation);
      const query = this.#subquery(node.SubLink, scope, around);
      if (node.SubLink.subLinkType !== 'EXISTS_SUBLINK') for (const output of query.outputs) output.use();
      for (const relation of query.scope.outer) relations.add(relation);
      return false;
    });
    return relations;
  }

  /** EXISTS and IN as the joins they are to the planner. */
  #subqueryFacts(link: SubLink, scope: Scope, around: Surroundings): readonly Fact[] {
    this.#readExpression({ SubLink: link }, scope, around);
    const isIn =
      link.subLinkType === 'ANY_SUBLINK' && (link.operName === undefined || lastName(link.operName) === '=');
    if (!isIn) return [];
    const { testexpr } = link;
    const tests = testexpr && 'RowExpr' in testexpr ? (testexpr.RowExpr.args ?? []) : [testexpr];
    const { outputs } = this.#subquery(link, scope, around);
    return tests.flatMap((test, index): Fact[] => {
      const others = outputs[index]?.origins ?? [];
      const own = originsOf(test, scope);
      if (own.length === 0) return [];
      return own.flatMap((origin) =>
        others.map((other): Fact => ({ kind: 'equal', left: origin, right: other })),
      );
    });
  }

  #subquery(link: SubLink, scope: Scope, around: Surroundings): Query {
    const known = this.#subqueries.get(link);
    if (known) return known;
    const isJoined = link.subLinkType === 'EXISTS_SUBLINK' || link.subLinkType === 'ANY_SUBLINK';
    const surroundings = { ...around, outer: scope };
    const { subselect } = link;
    const query =
      subselect && 'SelectStmt' in subselect
        ? this.#select(subselect.SelectStmt, surroundings, isJoined)
        : { scope: new Scope(scope), outputs: [] };
    this.#subqueries.set(link, query);
    return query;
  }

  #insert(insert: InsertStmt, surroundings: Surroundings): Query | undefined {
    const around = this.#with(insert.withClause, surroundings);
    const table = insert.relation && this.#table(insert.relation);
    if (table) this.#writes.push({ table, kind: 'insert', columns: [] });
    const query = this.#statement(insert.selectStmt, around);
    for (const output of query?.outputs ?? []) output.use();
    return undefined;
  }

  #update(update: UpdateStmt, surroundings: Surroundings): Query {
    const around = this.#with(update.withClause, surroundings);
    const scope = new Scope(around.outer);
    const { targetList = [] } = update;
    const columns = targetList.flatMap((target) =>
      'ResTarget' in target ? (target.ResTarget.name ?? []) : [],
    );
    this.#target(update.relation, { kind: 'update', columns }, scope);
    for (const item of update.fromClause ?? []) this.#from(item, scope, around);
    this.#where(update.whereClause, scope, around);
    this.#readExpression(targetList, scope, around);
    return this.#returning(update.returningClause?.exprs, scope, around);
  }

  #delete(statement: DeleteStmt, surroundings: Surroundings): Query {
    const around = this.#with(statement.withClause, surroundings);
    const scope = new Scope(around.outer);
    this.#target(statement.relation, { kind: 'delete', columns: [] }, scope);
    for (const item of statement.usingClause ?? []) this.#from(item, scope, around);
    this.#where(statement.whereClause, scope, around);
    return this.#returning(statement.returningClause?.exprs, scope, around);
  }

  #merge(merge: MergeStmt, surroundings: Surroundings): Query {
    const around = this.#with(merge.withClause, surroundings);
    const scope = new Scope(around.outer);
    this.#target(merge.relation, undefined, scope);
    const target = scope.relations[0]?.table;
    if (merge.sourceRelation) this.#from(merge.sourceRelation, scope, around);
    this.#where(merge.joinCondition, scope, around);
    for (const node of merge.mergeWhenClauses ?? []) {
      if (!('MergeWhenClause' in node)) continue;
      const { commandType, targetList = [], condition, values } = node.MergeWhenClause;
      this.#readExpression([condition, values, targetList], scope, around);
      const columns = targetList.flatMap((item) => ('ResTarget' in item ? (item.ResTarget.name ?? []) : []));
      if (target && commandType === 'CMD_INSERT')
        this.#writes.push({ table: target.table, kind: 'insert', columns: [] });
      if (target && commandType === 'CMD_UPDATE')
        this.#writes.push({ table: target.table, kind: 'update', columns });
      if (target && commandType === 'CMD_DELETE')
        this.#writes.push({ table: target.table, kind: 'delete', columns: [] });
    }
    return this.#returning(merge.returningClause?.exprs, scope, around);
  }

  /** The table that is written, its rows found by what the statement says of it. */
  #target(range: RangeVar | undefined, write: Omit<TableWrite, 'table'> | undefined, scope: Scope): void {
    const table = range && this.#table(range);
    if (!range || !table) return;
    const reading = this.#place(table, range.alias?.aliasname ?? range.relname ?? '');
    reading.useRow();
    scope.relations.push(tableRelation(reading, { schema: range.schemaname, names: [] }));
    if (write) this.#writes.push({ table, ...write });
  }

  #returning(targets: readonly Node[] | undefined, scope: Scope, around: Surroundings): Query {
    const outputs = this.#targets(targets ?? [], scope, around).map(behindBarrier);
    for (const output of outputs) output.use();
    return { scope, outputs };
  }
}

/** Whether it is PostgreSQL's own: no index is made there. Without a schema its names are all `pg_…`. */
function isOfSystem(schemaOrName: string): boolean {
  return schemaOrName.startsWith('pg_') || schemaOrName === 'information_schema';
}
