import type { FuncCall, Node } from '@pgsql/types';
import type { OrderPurpose } from './statement-usage.ts';
import { lastName, walk } from './syntax.ts';

/* The standard aggregates; one of the application's own makes the query grouped as well, which is not seen here. */
const AGGREGATES = new Set(
  (
    'count sum avg min max array_agg string_agg json_agg jsonb_agg json_object_agg jsonb_object_agg bool_and bool_or ' +
    'every bit_and bit_or stddev stddev_pop stddev_samp variance var_pop var_samp corr percentile_cont ' +
    'percentile_disc mode regr_slope any_value range_agg xmlagg'
  ).split(' '),
);

function isAggregate({ funcname, over, agg_star, agg_distinct, agg_filter, agg_order }: FuncCall): boolean {
  if (over) return false;
  return Boolean(agg_star || agg_distinct || agg_filter || agg_order) || AGGREGATES.has(lastName(funcname));
}

/** Whether a result is made of many rows. */
export function isAggregated(target: Node): boolean {
  return contains(target, (node) => 'FuncCall' in node && isAggregate(node.FuncCall));
}

/** Whether an expression has a node like that, subqueries apart. */
export function contains(root: Node, isWanted: (node: Node) => boolean): boolean {
  let found = false;
  walk(root, (node) => {
    found ||= isWanted(node);
    return !found && !('SubLink' in node);
  });
  return found;
}

/** `min(a)` and `max(a)`, which the first entry of an index answers. */
export function extremeOf(target: Node): { purpose: OrderPurpose; of: Node } | undefined {
  if (!('ResTarget' in target)) return undefined;
  let { val } = target.ResTarget;
  while (val && ('TypeCast' in val || 'CoalesceExpr' in val))
    val = 'TypeCast' in val ? val.TypeCast.arg : val.CoalesceExpr.args?.[0];
  if (!val || !('FuncCall' in val) || val.FuncCall.over) return undefined;
  const name = lastName(val.FuncCall.funcname);
  const [of] = val.FuncCall.args ?? [];
  if (!of || (name !== 'min' && name !== 'max')) return undefined;
  return { purpose: name === 'min' ? 'minimum' : 'maximum', of };
}
