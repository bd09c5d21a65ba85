import { CPU_PRIORITIES, MEMORY_FOOTPRINTS } from '../components/component-options.ts';
import type { ComponentView } from './allocation-view.ts';

/** Components that give way together: of one priority and one footprint, the one with the largest effect first. */
export type Rank = readonly ComponentView[];

/** From those that give way first, low priority and large footprint, to those that do last. */
export function victimRanks(components: readonly ComponentView[], resource: string | undefined): Rank[] {
  const ranks: ComponentView[][] = [];
  for (const component of components) {
    const rank =
      CPU_PRIORITIES.indexOf(component.priority) * MEMORY_FOOTPRINTS.length +
      MEMORY_FOOTPRINTS.indexOf(component.footprint);
    const members = ranks[rank];
    if (members) members.push(component);
    else ranks[rank] = [component];
  }
  const effectOf = ({ effects }: ComponentView): number =>
    (resource === undefined ? undefined : effects.get(resource)) ?? 0;
  return ranks
    .filter((members) => members !== undefined)
    .map((members) => members.sort((a, b) => effectOf(b) - effectOf(a)));
}

/** Whether the first is to give way before the second because of its priority alone. */
export function isOfLowerPriority(a: ComponentView, b: ComponentView): boolean {
  return CPU_PRIORITIES.indexOf(a.priority) < CPU_PRIORITIES.indexOf(b.priority);
}
