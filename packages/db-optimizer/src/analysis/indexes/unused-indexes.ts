import { formatBytes, formatDuration } from '@evenkeel/core';
import type { Catalogue, ExistingIndex, Table } from '../../catalogue/catalogue.ts';
import { dropScript } from './drop-script.ts';
import { supportsForeignKey } from './foreign-keys.ts';
import {
  type IndexContext,
  type IndexFinding,
  isBound,
  nameOf,
  parentIndex,
  sameShape,
} from './index-finding.ts';

const DAY_MS = 86_400_000;

/* Reports at the end of a month are the rarest work that is common. */
const LONG_ENOUGH_MS = 31 * DAY_MS;

/* One that takes nothing is nothing to save. */
const MIN_BYTES = 64 * 1024;

/** Indexes that nothing has scanned for as long as it was counted. */
export function unusedIndexes(table: Table, context: IndexContext): IndexFinding[] {
  return table.indexes.flatMap((index) => judge(index, table, context) ?? []);
}

function judge(index: ExistingIndex, table: Table, context: IndexContext): IndexFinding | undefined {
  const { catalogue, now, usedBy, windowMs } = context;
  if (!index.isValid || index.isUnique || isBound(index)) return undefined;
  // An index of a partitioned table is scanned in its partitions, and told with the parent.
  if (parentIndex(index, table, catalogue)) return undefined;
  const parts = partsOf(index, table, catalogue);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const lastScan = Math.max(...parts.map((part) => part.lastScan ?? -Infinity));
  const scans = parts.reduce((sum, part) => sum + part.scans, 0);
  // From PostgreSQL 16 on the last scan is known, and early ones don't count for ever.
  const idleMs = lastScan > -Infinity ? now - lastScan : scans === 0 ? windowMs : 0;
  if (scans > 0 && (idleMs ?? 0) < LONG_ENOUGH_MS) return undefined;
  if (bytes < MIN_BYTES || (usedBy.get(index.name) ?? []).length > 0) return undefined;

  const isLong = idleMs !== undefined && idleMs >= LONG_ENOUGH_MS;
  const caveats = [
    'Scans on replicas are not counted here: ask each of them.',
    'Work that comes by less than once a month may still need it.',
  ];
  if (!isLong)
    caveats.push(
      idleMs === undefined
        ? 'When counting began is not known: look again after a month.'
        : `Scans were counted for ${formatDuration(idleMs)} only: look again after a month.`,
    );
  if (lastScan === -Infinity) caveats.push('The index may be younger than the counts.');
  if (index.keys.some(({ kind }) => kind === 'expression'))
    caveats.push(
      'PostgreSQL keeps statistics of its expressions, which the planner uses without scanning it.',
    );
  const supported = table.foreignKeys.filter(
    (key) =>
      supportsForeignKey(index, key.columns) &&
      !table.indexes.some((other) => other !== index && supportsForeignKey(other, key.columns)),
  );
  if (supported.length > 0)
    caveats.push(
      `Nothing else supports the foreign key ${supported.map(({ name }) => name).join(', ')}: deleting referenced rows would read the whole table.`,
    );
  const keyBound = supported.length > 0;
  const since = idleMs === undefined ? 'since counting began' : `for ${formatDuration(idleMs)}`;
  const finding = { kind: 'unused', index, by: undefined } as const;
  return {
    ...finding,
    id: `unused:${nameOf(index)}`,
    message: `Nothing has scanned ${nameOf(index)} ${since}: it takes ${formatBytes(bytes)} and a write for each row that is inserted.`,
    confidence: keyBound || !isLong ? 'low' : 'medium',
    caveats,
    evidence: {
      definition: index.sql,
      bytes,
      scans,
      idleMs,
      ...(lastScan > -Infinity && { lastScan }),
      inserts: table.activity.inserts,
      updates: table.activity.updates,
      countedSince: catalogue.statisticsSince,
    },
    script: isLong && !keyBound ? dropScript(finding, table) : undefined,
  };
}

/** The index itself, or those of the partitions that make it up. */
function partsOf(index: ExistingIndex, table: Table, catalogue: Catalogue): ExistingIndex[] {
  if (table.kind !== 'partitioned') return [index];
  const parts = catalogue.tables
    .filter(({ parent }) => parent?.name === table.name && parent.schema === table.schema)
    .flatMap((part) =>
      part.indexes
        .filter((each) => sameShape(each, index))
        .flatMap((each) => (part.kind === 'partitioned' ? partsOf(each, part, catalogue) : each)),
    );
  return parts.length > 0 ? parts : [index];
}
