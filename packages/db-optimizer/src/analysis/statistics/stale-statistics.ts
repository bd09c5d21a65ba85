import type { Catalogue, Table } from '../../catalogue/catalogue.ts';
import { quote } from '../../indexes/index-definition.ts';

/** A table of which the planner's picture is missing or old. */
export interface StaleStatistics {
  readonly schema: string;
  readonly table: string;
  readonly reason: 'never analysed' | 'many changes' | 'parent never analysed';
  /** In plain words. */
  readonly message: string;
  /** What would mend it. Nothing runs it but you. */
  readonly sql: string;
  readonly rows: number | undefined;
  readonly changedRows: number;
  /** Rows changed by rows there are. */
  readonly changedShare: number | undefined;
  /** How long ago it was analysed, in ms. */
  readonly ageMs: number | undefined;
}

/* As PostgreSQL's autovacuum does by default: 50 rows and a tenth of the table. */
const THRESHOLD_ROWS = 50;
const SCALE = 0.1;

/* Autovacuum comes by every minute: what has twice as many changes as it waits for, it does not get to. */
const BEHIND = 2;

/* A plan for a few rows is good whatever the planner thinks of them. */
const FEW_ROWS = 1000;
const FEW_PAGES = 10;

/**
 * Tables that should be analysed, those with the most changed rows first. Statistics that the role may not read are not
 * taken for missing.
 *
 * @param now epoch ms
 */
export function staleStatistics(catalogue: Catalogue, now: number): StaleStatistics[] {
  return catalogue.tables
    .flatMap((table) => judge(table, catalogue, now) ?? [])
    .sort((a, b) => b.changedRows - a.changedRows || (b.rows ?? 0) - (a.rows ?? 0));
}

/** Whether a table is among {@link staleStatistics}. */
export function isStale(table: Table, catalogue: Catalogue): boolean {
  return judge(table, catalogue, 0) !== undefined;
}

function judge(table: Table, { settings }: Catalogue, now: number): StaleStatistics | undefined {
  const { schema, name, rows, activity } = table;
  const changedRows = activity.modifiedSinceAnalyze;
  const target = `${quote(schema)}.${quote(name)}`;
  const tell = (reason: StaleStatistics['reason'], message: string): StaleStatistics => ({
    schema,
    table: name,
    reason,
    message,
    sql: `analyze ${target};`,
    rows,
    changedRows,
    changedShare: rows !== undefined && rows > 0 ? changedRows / rows : undefined,
    ageMs: activity.lastAnalyze === undefined ? undefined : Math.max(0, now - activity.lastAnalyze),
  });
  if (isNeverAnalysed(table)) {
    if (table.kind === 'partitioned')
      return tell(
        'parent never analysed',
        `${schema}.${name} is partitioned and was never analysed: autovacuum looks after its partitions alone, and the planner guesses what they hold together.`,
      );
    // Without a count of rows, its size tells, and what was written.
    const isSmall = table.pages < FEW_PAGES && changedRows < FEW_ROWS && (rows ?? 0) < FEW_ROWS;
    if (isSmall) return undefined;
    return tell('never analysed', `${schema}.${name} was never analysed: the planner guesses what it holds.`);
  }
  const threshold = numberOf(settings.get('autovacuum_analyze_threshold'), THRESHOLD_ROWS);
  const scale = numberOf(settings.get('autovacuum_analyze_scale_factor'), SCALE);
  const waited = BEHIND * (threshold + scale * (rows ?? 0));
  if (changedRows < FEW_ROWS || changedRows < waited) return undefined;
  const share =
    rows === undefined || rows === 0 ? '' : `, ${Math.round((100 * changedRows) / rows)} % of its rows`;
  return tell(
    'many changes',
    `${changedRows.toLocaleString('en-US')} rows of ${schema}.${name} changed since it was analysed${share}: the planner goes by what was there before.`,
  );
}

/** Where nothing is known of any column, nor of an ANALYZE. The counts may have been reset, the statistics not. */
function isNeverAnalysed({ rows, columns, activity, kind }: Table): boolean {
  if (activity.lastAnalyze !== undefined) return false;
  if (columns.some(({ statistics }) => statistics !== undefined)) return false;
  // Of a table that was vacuumed the rows are counted; then a role without rights sees the same as this.
  return rows === undefined || kind === 'partitioned' || activity.modifiedSinceAnalyze > 0;
}

function numberOf(text: string | undefined, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
}
