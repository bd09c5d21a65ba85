import type { Node } from '@pgsql/types';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { View } from '../catalogue/views.ts';
import type { SqlParser } from '../sql/sql-parser.ts';
import type { StatementUsage } from './usage/statement-usage.ts';
import { usageOf } from './usage/usage-of.ts';
import { readViewTrees } from './usage/view-trees.ts';
import type { ExplainableQuery, WorkloadQuery } from './workload.ts';

/** A statement of the workload that was read. */
export interface ReadStatement {
  readonly query: ExplainableQuery;
  /** To be planned generically, where the planner does not take the values that were seen. */
  readonly generic: { readonly text: string; readonly parameters: number };
  readonly usage: StatementUsage;
  readonly rowsPerCall: number;
}

/** A statement that no advice is made for, and why. */
export interface SkippedStatement {
  readonly text: string;
  readonly reason: string;
}

export interface ReadWorkloadInput {
  readonly workload: readonly WorkloadQuery[];
  readonly catalogue: Catalogue;
  readonly parser: SqlParser;
  readonly signal: AbortSignal | undefined;
}

/* More differ by their values alone, and each costs a planner call every time. */
export const MAX_VARIANTS = 3;

/** What is known of like statements together. */
interface Group {
  calls: number;
  rows: number;
  /** Different ones, as many as are planned: like statements without parameters differ by their constants. */
  readonly texts: Set<string>;
  readonly samples: (readonly unknown[])[];
}

/** Like statements become one; what cannot be read, or is nothing to plan, is skipped with the reason. */
export async function readWorkload(
  { workload, catalogue, parser, signal }: ReadWorkloadInput,
  skipped: SkippedStatement[],
): Promise<ReadStatement[]> {
  const groups = new Map<string, Group>();
  for (const { text, calls = 1, rows = 1, samples = [] } of workload) {
    signal?.throwIfAborted();
    try {
      const { id, kind } = await parser.describe(text);
      if (kind === 'transaction' || kind === 'other') {
        skipped.push({ text, reason: 'nothing that is planned' });
        continue;
      }
      const group = groups.get(id) ?? { calls: 0, rows: 0, texts: new Set(), samples: [] };
      group.calls += calls;
      group.rows += calls * rows;
      if (group.texts.size < MAX_VARIANTS) group.texts.add(text);
      for (const sample of samples) group.samples.push(sample);
      groups.set(id, group);
    } catch (error) {
      skipped.push({ text, reason: reasonOf(error) });
    }
  }
  const statements: ReadStatement[] = [];
  const views = new Map<View, Node>();
  for (const [id, { calls, rows, texts, samples }] of groups) {
    signal?.throwIfAborted();
    const [text = ''] = texts;
    try {
      const { tree } = await parser.parse(text);
      await readViewTrees(tree, catalogue, parser, views);
      const generic = await parser.explainable(text);
      const variants =
        generic.parameters === 0 ? await plain(parser, texts) : await bound(parser, generic.text, samples);
      statements.push({
        query: {
          id,
          text,
          weight: calls,
          variants: variants.length > 0 ? shared(variants) : [{ ...generic, share: 1 }],
        },
        generic,
        usage: usageOf(tree, catalogue, views),
        rowsPerCall: calls > 0 ? rows / calls : 1,
      });
    } catch (error) {
      skipped.push({ text, reason: reasonOf(error) });
    }
  }
  return statements;
}

/** Texts without parameters, each with its share of the weight. */
export function shared(texts: readonly string[]): ExplainableQuery['variants'] {
  return texts.map((text) => ({ text, share: 1 / texts.length, parameters: 0 }));
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function plain(parser: SqlParser, texts: ReadonlySet<string>): Promise<string[]> {
  const ready: string[] = [];
  for (const text of texts) ready.push((await parser.explainable(text)).text);
  return ready;
}

/** With the values of a few samples, from all over what was seen; those that cannot be put in are left out. */
async function bound(
  parser: SqlParser,
  text: string,
  samples: readonly (readonly unknown[])[],
): Promise<string[]> {
  const step = Math.max(1, Math.floor(samples.length / MAX_VARIANTS));
  const texts = new Set<string>();
  for (let at = 0; at < samples.length && texts.size < MAX_VARIANTS; at += step) {
    try {
      texts.add(await parser.bind(text, samples[at] ?? []));
    } catch {
      // Too few values, or one that is no SQL: another sample will do.
    }
  }
  return [...texts];
}
