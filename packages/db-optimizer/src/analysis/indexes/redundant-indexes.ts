import { formatBytes } from '@evenkeel/core';
import type { ExistingIndex, Table } from '../../catalogue/catalogue.ts';
import { covers, findsAsWell } from './coverage.ts';
import { dropScript } from './drop-script.ts';
import {
  type DropConfidence,
  type IndexContext,
  type IndexFinding,
  isBound,
  nameOf,
  parentIndex,
} from './index-finding.ts';

/* So much larger, reading it instead is felt. */
const MUCH_LARGER = 2;

/** Indexes that another one of their table makes superfluous. */
export function redundantIndexes(table: Table, context: IndexContext): IndexFinding[] {
  // Those of partitions come and go with the parent's, where they are told.
  const indexes = table.indexes.filter(
    (index) => index.isValid && !parentIndex(index, table, context.catalogue),
  );
  const replacements = (index: ExistingIndex): ExistingIndex[] =>
    isBound(index)
      ? []
      : indexes.filter(
          (other) => covers(other, index) && !(covers(index, other) && isPreferred(index, other)),
        );
  return indexes.flatMap((index) => {
    const [by] = replacements(index)
      .filter((other) => replacements(other).length === 0)
      .sort((a, b) => Number(findsAsWell(index, b)) - Number(findsAsWell(index, a)) || a.bytes - b.bytes);
    return by ? [tell(index, by, table, context)] : [];
  });
}

/** Of two that do the same, which to keep. */
function isPreferred(a: ExistingIndex, b: ExistingIndex): boolean {
  if (isBound(a) !== isBound(b)) return isBound(a);
  if (a.isUnique !== b.isUnique) return a.isUnique;
  if (a.isClustered !== b.isClustered) return a.isClustered;
  if (a.bytes !== b.bytes) return a.bytes < b.bytes;
  return a.oid < b.oid;
}

function tell(index: ExistingIndex, by: ExistingIndex, table: Table, { usedBy }: IndexContext): IndexFinding {
  const isDuplicate = findsAsWell(index, by);
  const kind = isDuplicate ? 'duplicate' : 'covered';
  const times = by.bytes / Math.max(1, index.bytes);
  const caveats: string[] = [];
  if (!isDuplicate && times >= MUCH_LARGER && index.scans > 0)
    caveats.push(
      `${by.name} is ${times.toFixed(1)} times as large (${formatBytes(by.bytes)}): scans that read much of the index, and joins that look into it often, get slower.`,
    );
  if (index.isClustered) caveats.push('CLUSTER without an index name goes by this one.');
  if (index.isUnique)
    caveats.push(
      `A foreign key may refer to it, and PostgreSQL then refuses to drop it; if the constraint of ${by.name} is deferrable, it checks later.`,
    );
  const queries = usedBy.get(index.name) ?? [];
  if (queries.length > 0 && !isDuplicate)
    caveats.push(
      `It is in the plan of ${queries.length} queries that were looked at, which would use ${by.name}.`,
    );
  const confidence: DropConfidence = isDuplicate
    ? 'high'
    : times >= MUCH_LARGER && index.scans > 0
      ? 'low'
      : 'medium';
  const message = isDuplicate
    ? `${nameOf(index)} does the same as ${by.name}: without it ${formatBytes(index.bytes)} and a write for each row are saved.`
    : `${nameOf(index)} is the beginning of ${by.name}, which can do its work: without it ${formatBytes(index.bytes)} and a write for each row are saved.`;
  return {
    id: `${kind}:${nameOf(index)}`,
    kind,
    index,
    by,
    message,
    confidence,
    caveats,
    evidence: {
      definition: index.sql,
      coveredBy: by.sql,
      bytes: index.bytes,
      coveredByBytes: by.bytes,
      scans: index.scans,
      ...(queries.length > 0 && { queries }),
    },
    script: dropScript({ kind, index, by }, table),
  };
}
