import { ARCHIVE } from './archive.ts';
import { CATALOGUE } from './catalogue.ts';
import { FREIGHT } from './freight.ts';
import { WHOLESALE } from './wholesale.ts';
import type { Workload } from './workload.ts';

const WORKLOADS: readonly Workload[] = [WHOLESALE, FREIGHT, ARCHIVE, CATALOGUE];

/** @throws where there is none of that name */
export function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (found === undefined)
    throw new Error(
      `no workload is named ${name}; there are ${WORKLOADS.map((each) => each.name).join(', ')}`,
    );
  return found;
}

export function allWorkloads(): readonly Workload[] {
  return WORKLOADS;
}
