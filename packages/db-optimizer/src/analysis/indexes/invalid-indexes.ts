import { formatBytes } from '@evenkeel/core';
import type { Table } from '../../catalogue/catalogue.ts';
import { dropScript } from './drop-script.ts';
import { type IndexContext, type IndexFinding, isBound, nameOf } from './index-finding.ts';

/** Indexes that no query may use, though each write may still have to go into them. */
export function invalidIndexes(table: Table, context: IndexContext): IndexFinding[] {
  return table.indexes
    .filter(({ isValid }) => !isValid)
    .map((index) => {
      const finding = { kind: 'invalid', index, by: undefined } as const;
      const isParent = table.kind === 'partitioned';
      const { name } = index;
      // What REINDEX CONCURRENTLY leaves behind: the new one that failed, or the old one that was not yet dropped.
      const isLeftOver = /_cc(?:new|old)\d*$/.test(name);
      const caveats = ['It may be in the making: see pg_stat_progress_create_index. The script looks there.'];
      let advice: string;
      if (isParent) {
        advice = 'not all partitions have theirs attached; attach them, or make those that are missing';
      } else if (isLeftOver) {
        advice = 'REINDEX CONCURRENTLY left it behind; drop it, and reindex again if need be';
      } else {
        advice = `making it failed; drop it, and make it again: ${index.sql.replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX CONCURRENTLY ')}`;
      }
      if (index.isUnique)
        caveats.push(
          'It is unique: rows that were there twice are the likely reason that it could not be made.',
        );
      return {
        ...finding,
        id: `invalid:${nameOf(index)}`,
        message: `${nameOf(index)} is invalid, ${formatBytes(index.bytes)} that no query uses: ${advice}.`,
        confidence: 'high',
        caveats: isParent ? [] : caveats,
        evidence: {
          definition: index.sql,
          bytes: index.bytes,
          writes: table.activity.inserts + table.activity.updates,
          readAt: context.now,
        },
        script: isParent || isBound(index) ? undefined : dropScript(finding, table),
      } satisfies IndexFinding;
    });
}
