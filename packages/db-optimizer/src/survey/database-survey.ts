import type { Clock, Queryable } from '@evenkeel/core';
import {
  analyzeIndexes,
  explainQuery,
  findInPlan,
  type IndexAnalysis,
  type Plan,
  type PlanChange,
  type PlanHistory,
  type QueryFindings,
  type StaleStatistics,
  staleStatistics,
} from '../analysis/index.ts';
import { readCatalogue } from '../catalogue/read-catalogue.ts';
import { readServerConnections, type ServerConnections } from '../pool/server-connections.ts';
import type { QueryLog } from '../queries/query-log.ts';
import type { QueryReport } from '../queries/query-report.ts';
import { readCapabilities } from '../session/capabilities.ts';
import { inspect } from '../session/inspect.ts';
import type { Session } from '../session/session.ts';
import type { SqlParser } from '../sql/sql-parser.ts';

/** What was found in the database at one time. */
export interface Survey {
  /** Epoch ms. */
  readonly at: number;
  readonly indexes: IndexAnalysis;
  readonly statistics: readonly StaleStatistics[];
  readonly findings: readonly QueryFindings[];
  readonly planChanges: readonly PlanChange[];
  /** Undefined where it could not be read. */
  readonly connections: ServerConnections | undefined;
  /** Whether it is PGlite, which has one connection. */
  readonly isEmbedded: boolean;
  readonly missing: readonly string[];
}

export interface SurveyParts {
  readonly database: Queryable;
  readonly parser: SqlParser;
  readonly log: QueryLog;
  readonly plans: PlanHistory;
  readonly probes: Probes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/* Those that took the most time; each takes a plan. */
const EXPLAINED = 10;

/**
 * Takes one look at the database, in a session of its own that only reads: its indexes and statistics, and how the
 * statements that took most of the application's time are planned. What cannot be looked at is told, not thrown.
 */
export async function survey({
  database,
  parser,
  log,
  plans,
  probes,
  clock,
  signal,
}: SurveyParts): Promise<Survey> {
  const statements = log.statements().slice(0, EXPLAINED);
  await probes.learn(log, parser);
  const looked = await inspect(
    database,
    async (session) => {
      const catalogue = await readCatalogue(session);
      const { isEmbedded } = await readCapabilities(session);
      const connections = await readServerConnections(session as Queryable).catch(() => undefined);
      const explained = await explainAll(session, statements, probes, parser);
      return { catalogue, isEmbedded, connections, explained };
    },
    { clock, signal },
  );
  const { catalogue, isEmbedded, connections, explained } = looked;
  const at = clock.now();
  const findings: QueryFindings[] = [];
  const planChanges: PlanChange[] = [];
  for (const { statement, plan } of explained) {
    findings.push({
      query: { id: statement.id, text: statement.normalized },
      findings: findInPlan(plan, catalogue),
    });
    const change = plans.record({
      query: statement.id,
      text: statement.normalized,
      plan,
      at,
      catalogue,
      ...runsOf(statement),
    });
    if (change) planChanges.push(change);
  }
  const queries = explained.map(({ statement, plan }) => ({ id: statement.id, plan }));
  return {
    at,
    indexes: analyzeIndexes(catalogue, { queries, now: at }),
    statistics: staleStatistics(catalogue, at),
    findings: findings.filter((each) => each.findings.length > 0),
    planChanges,
    connections,
    isEmbedded,
    missing: catalogue.missing,
  };
}

function runsOf({ calls, totalMs }: QueryReport): { calls: number; totalMs: number } {
  return { calls, totalMs };
}

interface Explained {
  readonly statement: QueryReport;
  readonly plan: Plan;
}

async function explainAll(
  session: Session,
  statements: readonly QueryReport[],
  probes: Probes,
  parser: SqlParser,
): Promise<Explained[]> {
  const explained: Explained[] = [];
  for (const statement of statements) {
    const probe = probes.of(statement.id);
    if (!probe) continue;
    try {
      const values = probe.values === undefined ? {} : { values: probe.values };
      explained.push({ statement, plan: await explainQuery(session, probe.text, { parser, ...values }) });
    } catch {
      // A table that was dropped since, or that this role may not read: the next survey looks again.
    }
  }
  return explained;
}

interface Probe {
  readonly text: string;
  readonly values: readonly unknown[] | undefined;
}

/* As many as statements are explained, and some that come and go. */
const MAX_PROBES = 100;

/** The text and values that each statement is explained with: always the same ones, or every value had its own plan. */
export class Probes {
  readonly #byStatement = new Map<string, Probe>();

  of(statement: string): Probe | undefined {
    return this.#byStatement.get(statement);
  }

  async learn(log: QueryLog, parser: SqlParser): Promise<void> {
    for (const { text, samples = [] } of log.workload()) {
      try {
        const { id } = await parser.describe(text);
        if (this.#byStatement.has(id)) continue;
        this.#byStatement.set(id, { text, values: samples[0] });
      } catch {
        // What the parser does not take is not planned either.
      }
    }
    for (const oldest of this.#byStatement.keys()) {
      if (this.#byStatement.size <= MAX_PROBES) break;
      this.#byStatement.delete(oldest);
    }
  }
}
