import { formatBytes } from '@evenkeel/core';
import { type PlanContext, type PlanRule, priorityOf } from './plan-finding.ts';

/* Rows in memory take some three times what they take in a file: each has a header of its own, and gaps. */
const SORT_IN_MEMORY = 4;
/* A hash table that spilled has been filled to its limit, and what it put away is packed like a sort's. */
const AGGREGATE_IN_MEMORY = 4;
const MEGABYTE = 1024 ** 2;

/* More is for the administrator to think about: each sort of each connection may take it. */
const MOST_ADVISED = 1024 * MEGABYTE;

/* Pages of which the bitmap has forgotten the rows, of all it names. */
const MANY_LOSSY = 0.1;

/** A sort that did not fit the memory it may take. */
export const diskSort: PlanRule = (node, context) => {
  if (!node.sort?.isOnDisk) return undefined;
  const needed = SORT_IN_MEMORY * node.sort.bytes;
  const share = context.shareOf(node);
  const isLimited = context.parents[node.position]?.type === 'Limit';
  const orIndex = isLimited ? ', or an index in that order spares the sort' : '';
  return {
    kind: 'disk sort',
    node: node.position,
    priority: priorityOf(share),
    message: `The sort by ${node.sortKeys.join(', ') || 'its keys'} wrote ${formatBytes(node.sort.bytes)} to disk: ${workMem(needed)} for this query${orIndex}.`,
    share,
    table: undefined,
    evidence: { sortKeys: node.sortKeys, ...node.sort, neededBytes: needed, ...workMemOf(context) },
  };
};

/** A hash join whose table did not fit, and was split into batches on disk. */
export const hashBatches: PlanRule = (node, context) => {
  if (!node.hash || node.hash.batches <= 1) return undefined;
  const join = context.parents[node.position];
  const needed = node.hash.batches * node.hash.peakBytes;
  const share = context.shareOf(node) + (join ? context.shareOf(join) : 0);
  const grew =
    node.hash.batches > node.hash.plannedBatches ? `, ${node.hash.plannedBatches} were planned` : '';
  const on = join?.conditions['Hash Cond'] ?? 'its keys';
  return {
    kind: 'hash batches',
    node: node.position,
    priority: priorityOf(share),
    message: `The hash join on ${on} went through ${node.hash.batches} batches on disk${grew}: ${workMem(needed, context)} for this query.`,
    share,
    table: undefined,
    evidence: { ...node.hash, neededBytes: needed, ...workMemOf(context) },
  };
};

/** A grouping by hash that did not fit. */
export const hashAggregateSpill: PlanRule = (node, context) => {
  if (!node.aggregation || node.aggregation.diskBytes === 0) return undefined;
  const { diskBytes, peakBytes } = node.aggregation;
  const needed = peakBytes + AGGREGATE_IN_MEMORY * diskBytes;
  const share = context.shareOf(node);
  return {
    kind: 'hash aggregate spill',
    node: node.position,
    priority: priorityOf(share),
    message: `Grouping by ${node.groupKeys.join(', ') || 'its keys'} wrote ${formatBytes(diskBytes)} to disk: ${workMem(needed, context)} for this query.`,
    share,
    table: undefined,
    evidence: { groupKeys: node.groupKeys, ...node.aggregation, neededBytes: needed, ...workMemOf(context) },
  };
};

/** A bitmap that had no room for the rows and kept pages only: all rows of them are looked at. */
export const lossyBitmap: PlanRule = (node, context) => {
  const { exactPages = 0, lossyPages = 0 } = node.bitmap ?? {};
  if (lossyPages === 0 || lossyPages < MANY_LOSSY * (exactPages + lossyPages)) return undefined;
  // A bitmap holds a page's rows in some 50 bytes, and its table of pages is at least half full.
  const needed = 128 * (exactPages + lossyPages);
  const share = context.shareOf(node);
  return {
    kind: 'lossy bitmap',
    node: node.position,
    priority: priorityOf(share),
    message: `The bitmap of ${node.relation ?? 'the table'} had no room for rows and kept only ${lossyPages} pages, so that ${Math.round(node.removed.recheck)} rows were read in vain: ${workMem(needed)} for this query.`,
    share,
    table: node.relation === undefined ? undefined : { schema: node.schema, name: node.relation },
    evidence: {
      exactPages,
      lossyPages,
      rowsReadInVain: node.removed.recheck,
      neededBytes: needed,
      ...workMemOf(context),
    },
  };
};

/** What to set. A hash may take `hash_mem_multiplier` times `work_mem`. */
function workMem(bytes: number, context?: PlanContext): string {
  const multiplier = context ? hashMultiplier(context) : 1;
  const megabytes = 2 ** Math.ceil(Math.log2(Math.max(1, bytes / multiplier / MEGABYTE)));
  if (megabytes * MEGABYTE > MOST_ADVISED)
    return `it needs ${formatBytes(bytes)} of memory, so read less, or aggregate before, rather than raise work_mem`;
  return `SET LOCAL work_mem = '${megabytes}MB'`;
}

function hashMultiplier({ plan, catalogue }: PlanContext): number {
  const set = plan.settings.hash_mem_multiplier ?? catalogue?.settings.get('hash_mem_multiplier');
  // 2 since PostgreSQL 15; where it is not known, more memory than needed is no mistake.
  const multiplier = Number(set ?? 1);
  return Number.isFinite(multiplier) && multiplier >= 1 ? multiplier : 1;
}

function workMemOf({ plan, catalogue }: PlanContext): { workMem?: string } {
  const set = plan.settings.work_mem ?? catalogue?.settings.get('work_mem');
  return set === undefined ? {} : { workMem: set };
}
