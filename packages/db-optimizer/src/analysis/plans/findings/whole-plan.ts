import { formatDuration } from '@evenkeel/core';
import { type PlanContext, type PlanFinding, percent, priorityOf } from './plan-finding.ts';

/* Compiling is worth it where it takes a small part of what it speeds up. */
const MUCH_COMPILING = 0.2;
const MUCH_TRIGGERING = 0.2;
const WORTH_A_LOOK_MS = 5;

/** What is about the whole of a plan. */
export function findInWhole({ plan }: PlanContext): PlanFinding[] {
  const found: PlanFinding[] = [];
  const totalMs = plan.executionMs ?? 0;
  const jitMs = plan.jit?.totalMs ?? 0;
  if (jitMs > WORTH_A_LOOK_MS && jitMs > MUCH_COMPILING * totalMs) {
    const share = jitMs / totalMs;
    found.push({
      kind: 'compilation',
      node: undefined,
      priority: priorityOf(share),
      message: `Compiling the query took ${formatDuration(jitMs)}, ${percent(share)} of its time: SET LOCAL jit = off for it, or raise jit_above_cost.`,
      share,
      table: undefined,
      evidence: { compilingMs: jitMs, executionMs: totalMs, functions: plan.jit?.functions },
    });
  }
  for (const { name, constraint, relation, calls, totalMs: ms = 0 } of plan.triggers) {
    if (ms < WORTH_A_LOOK_MS || ms < MUCH_TRIGGERING * totalMs) continue;
    const share = ms / totalMs;
    const advice =
      constraint === undefined
        ? 'look at what it does'
        : 'its foreign key has no index on the referencing columns, if it was a delete or an update';
    found.push({
      kind: 'slow trigger',
      node: undefined,
      priority: priorityOf(share),
      message: `The trigger ${constraint ?? name} took ${formatDuration(ms)} in ${calls} calls, ${percent(share)} of the statement's time: ${advice}.`,
      share,
      table: relation === undefined ? undefined : { schema: undefined, name: relation },
      evidence: { trigger: name, constraint, calls, triggerMs: ms, executionMs: totalMs },
    });
  }
  return found;
}
