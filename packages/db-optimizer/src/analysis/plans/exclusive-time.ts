import type { Plan, PlanNode } from './plan.ts';

/** How long a node took, in ms of the clock on the wall. */
export interface NodeTime {
  /** All loops, with all below it. */
  readonly inclusiveMs: number;
  /** All loops, itself alone. */
  readonly exclusiveMs: number;
  /** Processes that ran it side by side; its time is the mean of theirs. */
  readonly processes: number;
}

/**
 * Where the time of a plan went, by node position; undefined where it was not run, or without timing.
 *
 * - A node's time is a mean over its loops, and below a Gather the loops of all processes are counted together.
 * - A CTE is shown below the node that defines it, but runs inside the scans that read it, and its time is in theirs;
 *   an InitPlan runs inside the first node that needs its result. Subtracting them from the node they are shown under
 *   would make that negative and those others slow.
 */
export function timePlan({ root, nodes }: Plan): readonly NodeTime[] | undefined {
  if (root.run?.totalMs === undefined) return undefined;
  const processes = new Float64Array(nodes.length).fill(1);
  const inclusive = new Float64Array(nodes.length);
  const exclusive = new Float64Array(nodes.length);
  for (const node of nodes) {
    for (const child of node.children) {
      processes[child.position] = processesOf(node, child, processes[node.position] ?? 1);
    }
    const { totalMs = 0, loops = 0 } = node.run ?? {};
    inclusive[node.position] = (totalMs * loops) / (processes[node.position] ?? 1);
  }
  const subtract = (from: number, ms: number): number => {
    // PostgreSQL rounds means to microseconds, and a hundred thousand loops make 50 ms of that: hence never below 0.
    const taken = Math.min(Math.max(0, ms), exclusive[from] ?? 0);
    exclusive[from] = (exclusive[from] ?? 0) - taken;
    return taken;
  };
  for (const node of nodes) {
    exclusive[node.position] = inclusive[node.position] ?? 0;
    for (const child of node.children) {
      if (!runsElsewhere(child)) subtract(node.position, inclusive[child.position] ?? 0);
    }
  }
  const elsewhere = nodes.flatMap((owner) =>
    owner.children.filter(runsElsewhere).map((initial) => ({ owner, initial })),
  );
  // CTEs last: of two that read one, the first may be within an InitPlan that the second needs and still has the time of.
  elsewhere.sort((a, b) => Number(isCte(a.initial)) - Number(isCte(b.initial)));
  for (const { owner, initial } of elsewhere) {
    let ms = inclusive[initial.position] ?? 0;
    const readers = readersOf(initial, owner).sort(
      (a, b) => (exclusive[b.position] ?? 0) - (exclusive[a.position] ?? 0),
    );
    // Ending its workers is no reader's doing, and counted where it is shown.
    for (const reader of [...readers, owner]) ms -= subtract(reader.position, ms);
  }
  return nodes.map(({ position }) => ({
    inclusiveMs: inclusive[position] ?? 0,
    exclusiveMs: exclusive[position] ?? 0,
    processes: processes[position] ?? 1,
  }));
}

/** The processes that run a child: a Gather starts its input once in each. */
function processesOf(parent: PlanNode, child: PlanNode, parentProcesses: number): number {
  if (runsElsewhere(child)) return 1;
  if (parent.type !== 'Gather' && parent.type !== 'Gather Merge') return parentProcesses;
  const starts = parent.run?.loops ?? 0;
  return starts === 0 ? 1 : Math.max(1, (child.run?.loops ?? 0) / starts);
}

function runsElsewhere(node: PlanNode): boolean {
  return node.relationship === 'InitPlan';
}

const CTE = 'CTE ';

function isCte({ subplan }: PlanNode): boolean {
  return subplan?.startsWith(CTE) === true;
}

/** The nodes within whose time a CTE or an InitPlan ran: they read the one, or need the other's result. */
function readersOf(initial: PlanNode, owner: PlanNode): PlanNode[] {
  const name = initial.subplan ?? '';
  const cte = isCte(initial) ? name.slice(CTE.length) : undefined;
  const isReader =
    cte === undefined
      ? needing(name)
      : ({ type, cte: read }: PlanNode): boolean => type === 'CTE Scan' && read === cte;
  const found = new Set<PlanNode>();
  // A Gather has the results that its workers need worked out before it starts them.
  const open: { node: PlanNode; gather: PlanNode | undefined }[] = [{ node: owner, gather: undefined }];
  for (let each = open.pop(); each; each = open.pop()) {
    const { node, gather } = each;
    if (isReader(node)) found.add(gather ?? node);
    // Below, the name is that of another CTE.
    if (node !== owner && cte !== undefined && node.children.some(({ subplan }) => subplan === name))
      continue;
    const isGather = node.type === 'Gather' || node.type === 'Gather Merge';
    for (const child of node.children) {
      if (child !== initial) open.push({ node: child, gather: gather ?? (isGather ? node : undefined) });
    }
  }
  return [...found];
}

/** Tells whether an expression of a node needs the result of an InitPlan: `InitPlan 1 (returns $0)`. */
function needing(name: string): (node: PlanNode) => boolean {
  const [title = '', returned = ''] = name.split(' (returns ');
  const parameters = returned.match(/\$\d+/g) ?? [];
  // From PostgreSQL 17 on expressions have its title, before its parameters.
  const needed = [...parameters.map((each) => `${escaped(each)}(?!\\d)`), `\\(${escaped(title)}\\)`];
  const pattern = new RegExp(needed.join('|'));
  return ({ conditions }) => Object.values(conditions).some((text) => pattern.test(text));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
