import type { Catalogue, IndexDefinition, IndexKey } from '../../catalogue/catalogue.ts';
import { indexId } from '../../indexes/index-definition.ts';
import type { Condition, TableUsage } from '../usage/statement-usage.ts';
import type { Candidate } from './candidate.ts';
import type { CandidateLimits, UsedStatement } from './candidates-of.ts';
import { columnOf, isSmall, MIN_PAGES } from './columns.ts';
import { isCovered } from './existing-indexes.ts';

/**
 * GIN indexes for what is inside a value: arrays, JSON, texts, trigrams, for each statement by its id. HypoPG does not
 * know the method, and without rows its cost says nothing, so that they are not among the candidates: advice that no
 * planner has verified.
 */
export function ginIndexesOf(
  statements: readonly UsedStatement[],
  catalogue: Catalogue,
  { minPages = MIN_PAGES }: Pick<CandidateLimits, 'minPages'> = {},
): Map<string, readonly Candidate[]> {
  return new Map(
    statements.map(({ id, usage }) => {
      const found = usage.tables
        .filter(({ table }) => !isSmall(table, minPages))
        .flatMap((place) =>
          indexesFor(place, catalogue).filter(({ index }) => !isCovered(index, place.table)),
        );
      return [id, [...new Map(found.map((each) => [indexId(each.index), each])).values()]];
    }),
  );
}

function indexesFor(usage: TableUsage, catalogue: Catalogue): Candidate[] {
  const branches = usage.alternatives.flat(2);
  return [...usage.conditions, ...branches].flatMap((condition) => ginFor(usage, condition, catalogue));
}

function ginFor(usage: TableUsage, condition: Condition, catalogue: Catalogue): Candidate[] {
  const { kind, term, operator } = condition;
  if (term === undefined) return [];
  const type = term.kind === 'column' ? (columnOf(usage.table, term.sql)?.type ?? '') : '';
  const key: IndexKey = { kind: term.kind, sql: term.sql };
  const index = (operatorClass?: string): IndexDefinition => ({
    ...nameOf(usage),
    method: 'gin',
    keys: [operatorClass === undefined ? key : { ...key, operatorClass }],
    include: [],
    where: undefined,
  });
  if (kind === 'pattern') {
    if (!hasTrigrams(catalogue)) return [];
    return [{ index: index('gin_trgm_ops'), reason: `${operator} on any part of ${term.sql}, by trigrams` }];
  }
  if (kind === 'text search') {
    const isReady = type === 'tsvector' || term.sql.includes('to_tsvector');
    return isReady ? [{ index: index(), reason: `text search in ${term.sql}` }] : [];
  }
  if (kind !== 'containment') return [];
  if (type === 'jsonb') {
    // The smaller class knows no `?`.
    const isPath = operator === '@>' || operator === '@?' || operator === '@@';
    return [{ index: index(isPath ? 'jsonb_path_ops' : undefined), reason: `${operator} on ${term.sql}` }];
  }
  const isArray = type.endsWith('[]') && ['@>', '<@', '&&'].includes(operator);
  return isArray ? [{ index: index(), reason: `${operator} on ${term.sql}` }] : [];
}

function nameOf({ table: { schema, name } }: TableUsage): { schema: string; table: string } {
  return { schema, table: name };
}

/** Whether trigram indexes can be made: the extension is there, or an index of its kind is. */
function hasTrigrams({ extensions, tables }: Catalogue): boolean {
  if (extensions?.includes('pg_trgm')) return true;
  return tables.some(({ indexes }) =>
    indexes.some(({ keys }) => keys.some(({ operatorClass }) => operatorClass?.endsWith('_trgm_ops'))),
  );
}
